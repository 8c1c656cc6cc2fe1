"""The OpenAPI descriptions of an application's groups, made when they are first asked for."""

import json
import threading
from collections.abc import Iterable
from typing import Any

from .groups import GroupTable
from .routing import BoundRoute


class Descriptions:
    """The descriptions of one application's groups; safe to ask from several threads."""

    def __init__(self, groups: GroupTable, routes: Iterable[BoundRoute]) -> None:
        """`routes` may still be filled until the first description is asked for."""
        self._groups = groups
        self._routes = routes
        self._documents: dict[str, dict[str, Any]] = {}
        self._encoded: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def document(self, name: str) -> dict[str, Any]:
        """The description of the group `name`, which is known."""
        with self._lock:
            if name not in self._documents:
                from .openapi import describe  # with pydantic's part of it: most servers are never asked

                group = next(group for group in self._groups if group.name == name)
                routes = [route for route in self._routes if route.group == name and route.route.documented]
                self._documents[name] = describe(group.declared, routes)
            return self._documents[name]

    def encoded(self, name: str) -> bytes:
        """The same as JSON."""
        if name not in self._encoded:
            self._encoded[name] = json.dumps(self.document(name), separators=(",", ":")).encode()
        return self._encoded[name]
