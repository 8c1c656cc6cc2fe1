"""The process in which administrators' templates are rendered. It reads one JSON object, and writes one.

`python -P -m dify_mail.templates.child` says on its first line of output that it is ready; its parent's clock runs from
there. Memory and processor time are limited where the system can; nothing of the parent's environment is passed on.
"""

import json
import sys
from typing import Any, Final

from .source import render_text

READY: Final = b"ready\n"
LARGEST: Final = 1 << 20
"""Characters of a rendered text."""
_MEMORY: Final = 512 << 20


def limit(seconds: int) -> None:
    """Limit memory and processor time."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is left
        return
    for kind, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, seconds)):
        _, ceiling = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if ceiling == resource.RLIM_INFINITY else min(most, ceiling), ceiling))


def check(size: int) -> None:
    """Refuse what grows too large."""
    if size > LARGEST:
        raise ValueError(f"it renders to more than {LARGEST} characters")


def answer(task: Any) -> dict[str, str]:
    """What the task gives, or why not."""
    try:
        return {"text": render_text(task["source"], task["values"], html=task["html"], sandboxed=True, check=check)}
    except MemoryError:
        return {"error": "it takes too much memory"}
    except Exception as error:  # whatever the template does
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Render one text."""
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    task = json.loads(sys.stdin.buffer.read())
    limit(task["seconds"] + 1)
    sys.stdout.buffer.write(json.dumps(answer(task)).encode())


if __name__ == "__main__":
    main()
