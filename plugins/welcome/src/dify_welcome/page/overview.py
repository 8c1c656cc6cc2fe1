"""What the overview shows: apps, plugins and health."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dify_apps.library import AppRecord, first_workplace
from dify_runtime_sdk import Introspection, Readiness, Runtime

from ..advice import CHATS

_MOST: Final = 200
TRIED: Final = CHATS | {"workflow", "completion"}
"""The modes of apps that have a page."""


@dataclass(frozen=True, slots=True)
class AppRow:
    """An app in the list."""

    id: str
    name: str
    icon: str
    mode: str
    description: str
    state: str
    can_be_tried: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page at `/` shows; times are milliseconds."""

    version: str
    apps: Sequence[AppRow]
    plugins: Sequence[dict[str, Any]]
    health: Readiness

    @property
    def troubled(self) -> Sequence[dict[str, Any]]:
        """The plugins that something went wrong with; for others it was decided that they do not start."""
        return [one for one in self.plugins if one["state"] in ("failed", "unmet") and one["phase"] is not None]


async def overview(runtime: Runtime) -> Overview:
    """Look around."""
    host = await runtime.services.get(Introspection)
    place = await first_workplace(runtime)
    apps = await place.library.list(tenant_id=place.tenant_id, limit=_MOST)
    return Overview(
        version=host.version,
        apps=sorted(map(_row, apps), key=lambda one: one.name.casefold()),
        plugins=host.plugins(),
        health=await host.readiness(),
    )


def _row(app: AppRecord) -> AppRow:
    state = _state(app)
    return AppRow(
        id=app.id,
        name=app.name,
        icon=icon_of(app.icon_type, app.icon),
        mode=app.mode,
        description=app.description,
        state=state,
        can_be_tried=state == "served" and app.mode in TRIED,
    )


def _state(app: AppRecord) -> str:
    if (app.workflow_id if app.has_graph else app.app_model_config_id) is None:
        return "not published"
    return "served" if app.enable_site else "switched off"


def icon_of(kind: str | None, icon: str | None) -> str:
    """The emoji of an app; pictures are left out."""
    return icon if icon and kind in (None, "emoji") else "🤖"
