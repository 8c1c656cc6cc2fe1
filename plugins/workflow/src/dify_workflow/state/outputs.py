"""What the response nodes of a run give together."""

from collections.abc import Mapping
from typing import Any, Final

from ..graph import GraphNode

_ANSWER: Final = "answer"


def merge_outputs(into: dict[str, Any], node: GraphNode, outputs: Mapping[str, Any]) -> None:
    """Add a response node's outputs: texts of answers are joined, of anything else the later wins."""
    merge(into, outputs, join=node.type == _ANSWER)


def merge(into: dict[str, Any], outputs: Mapping[str, Any], *, join: bool) -> None:
    """Add outputs; with `join` the text under `answer` is appended to the one that is there."""
    for name, value in outputs.items():
        before = into.get(name)
        joined = join and name == _ANSWER and isinstance(before, str) and isinstance(value, str)
        into[name] = before + value if joined else value
