"""Names of operations: the handler's own where it is unique in the group, else made from method and path."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .routing import BoundRoute


def operation_ids(routes: Sequence[BoundRoute]) -> list[str]:
    """One unique identifier per route, in their order; the same for the same routes."""
    names = Counter(_handler_name(route.route.handler) for route in routes)
    taken: set[str] = set()
    identifiers = []
    for route in routes:
        name = _handler_name(route.route.handler)
        identifier = name if name and names[name] == 1 else _from_path(route)
        while identifier in taken:
            identifier += "_"
        taken.add(identifier)
        identifiers.append(identifier)
    return identifiers


def _handler_name(handler: Any) -> str:
    name: str = getattr(handler, "__name__", "")
    return name if name.isidentifier() else ""


def _from_path(route: BoundRoute) -> str:
    words = re.findall(r"\w+", route.route.path)
    return "_".join((route.method.lower(), *words))
