"""Rendering of one text: what both the sandbox process and the process itself do."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

OPTIONS: Final[Mapping[str, Any]] = {"undefined": StrictUndefined, "cache_size": 50, "auto_reload": False}
"""How all templates are read: a value that was not given is an error, not nothing."""


def render_text(
    source: str,
    values: Mapping[str, Any],
    *,
    html: bool,
    sandboxed: bool,
    check: Callable[[int], None] = lambda _: None,
) -> str:
    """Render `source`; `check` is given the size so far. Raises what Jinja and templates raise."""
    kind = SandboxedEnvironment if sandboxed else Environment
    environment = kind(autoescape=html, **OPTIONS)
    size, pieces = 0, []
    for piece in environment.from_string(source).generate(dict(values)):
        size += len(piece)
        check(size)
        pieces.append(piece)
    return "".join(pieces)
