"""The group `service`: the API that customers' programs call with a key."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import BlueprintGroup, CorsPolicy

from ..cors import ANY_ORIGIN, BASE_HEADERS, EXPOSED_HEADERS, METHODS
from ..docs_settings import DocsSettings


class GroupServicePlugin(Plugin):
    """Contributes the group `service` at `/v1`."""

    settings = DocsSettings
    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self, runtime: Runtime) -> Iterable[BlueprintGroup]:
        """The group, open to pages of any origin, without cookies."""
        cors = CorsPolicy(
            origins=ANY_ORIGIN, methods=METHODS, headers=(*BASE_HEADERS, "Authorization"), expose=EXPOSED_HEADERS
        )
        docs = runtime.settings(DocsSettings).api_docs()
        yield BlueprintGroup("service", "/v1", cors=cors, docs=docs, description="Service API")
