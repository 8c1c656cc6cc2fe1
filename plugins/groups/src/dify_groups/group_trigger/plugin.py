"""The group `trigger`: webhooks of third parties."""

from collections.abc import Iterable

from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.http import BlueprintGroup, CorsPolicy

from ..cors import ANY_ORIGIN, EXPOSED_HEADERS, METHODS
from .errors import TriggerErrors


class GroupTriggerPlugin(Plugin):
    """Contributes the group `trigger` at `/triggers`, and at `/trigger` as well."""

    roles = frozenset(("api",))

    @hookimpl
    def blueprint_groups(self) -> Iterable[BlueprintGroup]:
        """The group, open to pages of any origin; it has no docs."""
        cors = CorsPolicy(
            origins=ANY_ORIGIN,
            methods=(*METHODS, "HEAD"),
            headers=("Content-Type", "Authorization", "X-App-Code"),
            expose=EXPOSED_HEADERS,
        )
        yield BlueprintGroup(
            "trigger", "/triggers", aliases=("/trigger",), cors=cors, errors=TriggerErrors(), description="Triggers"
        )
