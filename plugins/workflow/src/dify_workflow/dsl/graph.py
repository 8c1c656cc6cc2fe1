"""The plain nodes and edges of a document."""

from collections.abc import Iterator
from typing import Any

from .document import Document
from .models import NOTE


def nodes_of(document: Document) -> list[dict[str, Any]]:
    """The nodes as they are written, without notes."""
    return [node for node in document.graph.get("nodes") or () if node.get("type") != NOTE]


def data_of(node: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a node."""
    data: dict[str, Any] = node["data"]
    return data


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """The mappings in a list, of which node configurations hold many and nothing has checked them."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def dig(value: Any, *keys: str) -> Any:
    """What stands below nested keys; None where a step is missing or no mapping."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
