"""The group `console`: the API behind the admin web UI."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import BlueprintGroup, CorsPolicy

from ..cors import BASE_HEADERS, EXPOSED_HEADERS, METHODS, split_origins
from .settings import GroupConsoleSettings


class GroupConsolePlugin(Plugin):
    """Contributes the group `console` at `/console/api`."""

    settings = GroupConsoleSettings
    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self, runtime: Runtime) -> Iterable[BlueprintGroup]:
        """The group, open to pages of the configured origins, which may use the user's cookies."""
        settings = runtime.settings(GroupConsoleSettings)
        cors = CorsPolicy(
            origins=split_origins(settings.CONSOLE_CORS_ALLOW_ORIGINS),
            methods=METHODS,
            headers=(*BASE_HEADERS, "Authorization", "X-CSRF-Token"),
            expose=EXPOSED_HEADERS,
            credentials=True,
        )
        yield BlueprintGroup("console", "/console/api", cors=cors, docs=settings.api_docs(), description="Console API")
