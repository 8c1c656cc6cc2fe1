"""The process in which templates are rendered that the event loop cannot; see `dify_sandbox.processes`."""

import functools
from typing import Any, Final

from jinja2 import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..child import serve

_MEMORY: Final = 512 << 20
_COMPILED: Final = 64


class Child:
    """Renders with Jinja's default options, in its sandbox."""

    def __init__(self) -> None:
        self._compiled = functools.lru_cache(_COMPILED)(ImmutableSandboxedEnvironment().from_string)

    def answer(self, order: Any) -> dict[str, str]:
        """The text, or why there is none."""
        try:
            return {"text": _render(self._compiled(order["source"]), order["variables"], order["most"])}
        except MemoryError:
            return {"error": "it takes too much memory"}
        except RecursionError:
            return {"error": "it is nested too deeply, or calls itself for ever"}
        except Exception as error:  # whatever the template does
            return {"error": f"{type(error).__name__}: {error}"}


def _render(template: Template, variables: dict[str, Any], most: int) -> str:
    pieces, size = [], 0
    for piece in template.generate(variables):
        size += len(piece)
        if size > most:
            raise ValueError(f"it gives more than {most} characters")
        pieces.append(piece)
    return "".join(pieces)


if __name__ == "__main__":
    serve(Child().answer, _MEMORY)
