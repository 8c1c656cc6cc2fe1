"""The hook reference, from the specifications of the SDK."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from dify_runtime_sdk import hookspecs

from .markdown import code

_MODULE_PATH: Final = re.compile(r"\b(?:[a-z_]\w*\.)+(?=\w)")


def render_hooks() -> str:
    """Every hook with its signature and documentation as a Markdown page, grouped by phase in the order of the boot."""
    lines = ["# Hooks", "", _documentation(hookspecs), ""]
    for phase in hookspecs.CORE_HOOKS:
        summary, _, rest = _documentation(phase).partition("\n\n")
        lines += [f"## {summary.removesuffix('.')}", "", *([rest, ""] if rest else [])]
        for name, specification in hooks_of(phase):
            lines += [f"### {code(name)}", "", "```python", signature(name, specification), "```", ""]
            lines += [_documentation(specification), ""]
    return "\n".join(lines)


def hooks_of(phase: type[Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The hooks that a class of specifications declares, in its own order."""
    for name, member in vars(phase).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            yield name, member


def signature(name: str, specification: Callable[..., Any]) -> str:
    """A hook as it is written in a plugin, without the paths of modules."""
    text = str(inspect.signature(specification)).replace("'", "")
    return f"def {name}{_MODULE_PATH.sub('', text)}"


def _documentation(thing: Any) -> str:
    return inspect.getdoc(thing) or ""
