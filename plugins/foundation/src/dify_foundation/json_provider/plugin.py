"""The plugin `json`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, hookimpl

if TYPE_CHECKING:
    from quart import Quart


class JsonPlugin(Plugin):
    """JSON of requests and responses by orjson."""

    @hookimpl
    def configure_app(self, app: "Quart") -> None:
        """Replace the application's JSON provider."""
        from .provider import OrjsonProvider

        app.json = OrjsonProvider(app)
