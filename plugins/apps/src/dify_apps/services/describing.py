"""What clients are told of an app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dify_accounts.tables import ACCOUNTS
from dify_database import Database
from dify_files import Files, FilesSettings
from dify_runtime_sdk.http import Forbidden

from ..api import App
from ..tables.apps import APPS, SITES, TAG_BINDINGS, TAGS
from .annotation_reply import reply_setting
from .features import features_of
from .queries import row_of, rows_of

_OFF: Final[Mapping[str, Any]] = {"enabled": False}
_DEFAULTS: Final[Mapping[str, Any]] = {
    "suggested_questions_after_answer": _OFF,
    "speech_to_text": _OFF,
    "text_to_speech": _OFF,
    "retriever_resource": _OFF,
    "more_like_this": _OFF,
    "sensitive_word_avoidance": _OFF,
    "file_upload": {
        "image": {
            "enabled": False,
            "number_limits": 3,
            "detail": "high",
            "transfer_methods": ["remote_url", "local_file"],
        }
    },
}
"""What clients are told of features that are not set."""
_CONFIG_DEFAULTS: Final[Mapping[str, Any]] = {
    "retriever_resource": {"enabled": True},
    "sensitive_word_avoidance": {"enabled": False, "type": "", "configs": []},
}
_ICON: Final = {"background": "#252525", "content": "\U0001f601"}
"""The icon of a tool whose own is not known here."""


@dataclass(frozen=True, slots=True)
class AppInfo:
    """An app, its tags, and who made it."""

    name: str
    description: str
    tags: Sequence[str]
    mode: str
    author_name: str | None


async def app_info(database: Database, app: App) -> AppInfo:
    """The app as its own row has it; two statements."""
    table = APPS.c
    query = (
        select(table.name, table.description, ACCOUNTS.c.name.label("author"))
        .outerjoin(ACCOUNTS, ACCOUNTS.c.id == table.created_by)
        .where(table.id == app.id, table.tenant_id == app.tenant_id)
    )
    row = await row_of(database, query)
    tags = (
        select(TAGS.c.name)
        .join(TAG_BINDINGS, TAG_BINDINGS.c.tag_id == TAGS.c.id)
        .where(TAG_BINDINGS.c.target_id == app.id, TAGS.c.tenant_id == app.tenant_id, TAGS.c.type == "app")
        .order_by(TAGS.c.name)
    )
    names = [tag.name for tag in await rows_of(database, tags)]
    return AppInfo(row.name, row.description, names, app.mode, row.author)


async def parameters(database: Database, app: App, limits: FilesSettings) -> dict[str, Any]:
    """How a client shows the app: its form, its features, and what may be uploaded; raises `AppUnavailable`."""
    features = features_of(app)
    defaults = _DEFAULTS if app.workflow is not None else {**_DEFAULTS, **_CONFIG_DEFAULTS}
    return {
        "opening_statement": features.get("opening_statement"),
        "suggested_questions": features.get("suggested_questions") or [],
        **{name: features.get(name) or default for name, default in defaults.items()},
        "annotation_reply": await reply_setting(database, app),
        "user_input_form": _form(app),
        "system_parameters": {
            "image_file_size_limit": limits.UPLOAD_IMAGE_FILE_SIZE_LIMIT,
            "video_file_size_limit": limits.UPLOAD_VIDEO_FILE_SIZE_LIMIT,
            "audio_file_size_limit": limits.UPLOAD_AUDIO_FILE_SIZE_LIMIT,
            "file_size_limit": limits.UPLOAD_FILE_SIZE_LIMIT,
            "workflow_file_upload_limit": limits.WORKFLOW_FILE_UPLOAD_LIMIT,
        },
    }


def tool_icons(app: App) -> dict[str, Any]:
    """Where the icons of the app's tools are, by the tools' names; raises nothing for an app without any."""
    return {str(tool.get("tool_name", "")): _icon(tool) for tool in _tools(app)}


async def site_of(database: Database, files: Files, app: App) -> dict[str, Any]:
    """The app's web page, as its row has it, with the link of its icon; raises `Forbidden` when it has none."""
    query = select(SITES).where(SITES.c.app_id == app.id, SITES.c.status == "normal")
    row = await row_of(database, query)
    if row is None:
        raise Forbidden
    stored: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    is_picture = row.icon_type == "image" and row.icon
    return {**stored, "icon_url": files.preview_url(row.icon) if is_picture else None}


def _form(app: App) -> list[Any]:
    if app.workflow is None:
        return list((app.config or {}).get("user_input_form") or [])
    for node in app.workflow.graph.get("nodes", ()):
        data = node.get("data", {})
        if data.get("type") == "start":
            return [{field["type"]: field} for field in data.get("variables", ())]
    return []


def _tools(app: App) -> Sequence[Mapping[str, Any]]:
    if app.workflow is not None:
        nodes = (node.get("data", {}) for node in app.workflow.graph.get("nodes", ()))
        return [data for data in nodes if data.get("type") == "tool"]
    tools = ((app.config or {}).get("agent_mode") or {}).get("tools") or ()
    return [tool for tool in tools if tool.get("tool_name")]


def _icon(tool: Mapping[str, Any]) -> Any:
    if tool.get("provider_type") == "builtin":
        return f"/console/api/workspaces/current/tool-provider/builtin/{tool.get('provider_id')}/icon"
    return dict(_ICON)
