"""The group `web`: the API behind published web apps and embedded chats."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import BlueprintGroup, CorsPolicy

from ..cors import BASE_HEADERS, EXPOSED_HEADERS, METHODS, split_origins
from .settings import GroupWebSettings


class GroupWebPlugin(Plugin):
    """Contributes the group `web` at `/api`."""

    settings = GroupWebSettings
    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self, runtime: Runtime) -> Iterable[BlueprintGroup]:
        """The group, open to pages of the configured origins, which may use the user's cookies."""
        settings = runtime.settings(GroupWebSettings)
        cors = CorsPolicy(
            origins=split_origins(settings.WEB_API_CORS_ALLOW_ORIGINS),
            methods=METHODS,
            headers=(*BASE_HEADERS, "Authorization", "X-CSRF-Token"),
            expose=EXPOSED_HEADERS,
            credentials=True,
        )
        yield BlueprintGroup("web", "/api", cors=cors, docs=settings.api_docs(), description="Web app API")
