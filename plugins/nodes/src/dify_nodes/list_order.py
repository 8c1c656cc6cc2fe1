"""How the elements of a list are sorted."""

from collections.abc import Callable
from typing import Any

from .list_filters import ListOperatorError, file_attribute


def sort_key(kind: str, key: str) -> Callable[[Any], Any]:
    """What `sorted` compares: the element, or the attribute `key` of a file, where an absent one comes first."""
    if kind != "file":
        return lambda item: item
    if not key:
        raise ListOperatorError("Invalid key '': name the attribute that files are sorted by")
    absent: Any = -1 if key == "size" else ""

    def attribute(item: Any) -> Any:
        value = file_attribute(item, key)
        return absent if value is None else value

    return attribute
