"""The group `files`: signed links to files."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import BlueprintGroup, CorsPolicy

from ..cors import ANY_ORIGIN, BASE_HEADERS, EXPOSED_HEADERS, METHODS
from ..docs_settings import DocsSettings


class GroupFilesPlugin(Plugin):
    """Contributes the group `files` at `/files`."""

    settings = DocsSettings
    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self, runtime: Runtime) -> Iterable[BlueprintGroup]:
        """The group, open to pages of any origin, without cookies."""
        cors = CorsPolicy(
            origins=ANY_ORIGIN, methods=METHODS, headers=(*BASE_HEADERS, "X-CSRF-Token"), expose=EXPOSED_HEADERS
        )
        docs = runtime.settings(DocsSettings).api_docs()
        yield BlueprintGroup("files", "/files", cors=cors, docs=docs, description="Files API")
