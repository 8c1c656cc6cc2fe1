"""A warning filter that can be taken out again without touching anybody else's."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4


@contextmanager
def ignoring(category: type[Warning]) -> Iterator[None]:
    """Ignore warnings of `category` in the whole process until the end of the block.

    The standard `catch_warnings` restores the whole list, and with it drops what others added meanwhile. The pattern
    here is an empty one, which matches every message; its comment makes the filter differ from all others, since
    equal filters are kept only once.
    """
    pattern = f"(?#{uuid4().hex})"
    warnings.filterwarnings("ignore", message=pattern, category=category)
    try:
        yield
    finally:
        for entry in list(warnings.filters):
            message = entry[1]
            if getattr(message, "pattern", message) == pattern:
                warnings.filters.remove(entry)  # type: ignore[attr-defined]  # typed as a sequence, is a list
        with warnings.catch_warnings():  # leaving it tells the per-module caches that the filters have changed
            pass
