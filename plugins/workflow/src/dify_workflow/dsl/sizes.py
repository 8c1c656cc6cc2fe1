"""How much memory a plain value takes."""

import sys
from typing import Any


def memory_size(value: Any) -> int:
    """Bytes of a plain value and of all that is in it, as this interpreter stores them."""
    size = sys.getsizeof(value)
    if isinstance(value, dict):
        return size + sum(memory_size(key) + memory_size(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return size + sum(memory_size(item) for item in value)
    return size
