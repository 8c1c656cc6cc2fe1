"""The group `mcp`: apps as servers of the Model Context Protocol."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import BlueprintGroup

from ..docs_settings import DocsSettings


class GroupMcpPlugin(Plugin):
    """Contributes the group `mcp` at `/mcp`."""

    settings = DocsSettings
    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self, runtime: Runtime) -> Iterable[BlueprintGroup]:
        """The group, closed to pages of other origins."""
        docs = runtime.settings(DocsSettings).api_docs()
        yield BlueprintGroup("mcp", "/mcp", docs=docs, description="MCP API")
