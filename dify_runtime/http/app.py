"""The finished HTTP application."""

from collections.abc import Mapping, Sequence
from typing import Any

from quart import Quart

from dify_runtime_sdk import UnknownNameError
from dify_runtime_sdk.http import ASGIApp, BlueprintGroup

from .descriptions import Descriptions
from .routing import BoundRoute


class HttpApp:
    """One ASGI application with what is known of it.

    `asgi` is what a server serves, with all middleware around it; `quart` is the bare application inside.
    """

    def __init__(
        self,
        asgi: ASGIApp,
        quart: Quart,
        groups: Mapping[str, BlueprintGroup],
        routes: Sequence[BoundRoute],
        descriptions: Descriptions,
    ) -> None:
        self.asgi = asgi
        self.quart = quart
        self.groups = groups
        self.routes = routes
        self._descriptions = descriptions

    def openapi(self, group: str) -> dict[str, Any]:
        """The OpenAPI 3.1 description of a group's routes; raises `UnknownNameError` for an unknown group.

        Made at the first call and kept: treat it as read-only. Takes up to a second for a group of hundreds of routes.
        """
        if group not in self.groups:
            known = ", ".join(sorted(self.groups))
            raise UnknownNameError(f"unknown blueprint group {group!r}", hint=f"known: {known}")
        return self._descriptions.document(group)
