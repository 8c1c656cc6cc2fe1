"""The group `inner`: what the plugin daemon and the enterprise services call."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import BlueprintGroup

from ..docs_settings import DocsSettings


class GroupInnerPlugin(Plugin):
    """Contributes the group `inner` at `/inner/api`."""

    settings = DocsSettings
    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self, runtime: Runtime) -> Iterable[BlueprintGroup]:
        """The group, closed to pages of other origins."""
        docs = runtime.settings(DocsSettings).api_docs()
        yield BlueprintGroup("inner", "/inner/api", docs=docs, description="Inner API")
