"""Files that stored rows and texts refer to, with fresh links."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dify_database import Database
from dify_files import Files
from dify_files.tables import TOOL_FILES, UPLOAD_FILES
from dify_runtime_sdk.workflow import FILE_IDENTITY, File

from ..tables.messages import MESSAGE_FILES
from .queries import rows_of

_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LINK: Final = re.compile(
    rf"(?:https?://[^\s()\"'<>]*)?/files/(?:tools/(?P<tool>{_ID})(?P<extension>\.\w+)?|(?P<upload>{_ID})/(?:file|image)-preview)"
    r"\?timestamp=\d+&nonce=\w+&sign=[\w%=-]+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFile:
    """A file of a message; `size` is bytes."""

    id: str
    message_id: str
    filename: str
    type: str
    url: str | None
    mime_type: str | None
    size: int | None
    transfer_method: str
    belongs_to: str | None
    upload_file_id: str | None


async def message_files(
    database: Database, files: Files, tenant_id: str, message_ids: Sequence[str]
) -> list[MessageFile]:
    """The files of some messages of a tenant, in the order in which they were attached; one statement."""
    uploads, tools, attached = UPLOAD_FILES.c, TOOL_FILES.c, MESSAGE_FILES.c
    query = (
        select(
            MESSAGE_FILES,
            uploads.name.label("upload_name"),
            uploads.mime_type.label("upload_type"),
            uploads.size.label("upload_size"),
            tools.name.label("tool_name"),
            tools.mimetype.label("tool_type"),
            tools.size.label("tool_size"),
        )
        .outerjoin(UPLOAD_FILES, (uploads.id == attached.upload_file_id) & (uploads.tenant_id == tenant_id))
        .outerjoin(TOOL_FILES, (tools.id == attached.upload_file_id) & (tools.tenant_id == tenant_id))
        .where(attached.message_id.in_(message_ids))
        .order_by(attached.created_at, attached.id)
    )
    return [_message_file(row, files) for row in await rows_of(database, query)]


def fresh_inputs(inputs: Mapping[str, Any], files: Files) -> dict[str, Any]:
    """Stored inputs, their files with fresh links."""
    return {name: _fresh(value, files) for name, value in inputs.items()}


async def fresh_links(texts: Sequence[str], database: Database, files: Files, tenant_id: str) -> list[str]:
    """The texts with fresh links to files of the tenant; a statement or two when there are any links.

    A link that names a file of somebody else stays as it is: whoever wrote the text may not get to see that file.
    """
    found = [match for text in texts for match in _LINK.finditer(text)]
    if not found:
        return list(texts)
    known: set[str] = set()
    for table, group in ((UPLOAD_FILES, "upload"), (TOOL_FILES, "tool")):
        ids = {match[group] for match in found if match[group]}
        if ids:
            query = select(table.c.id).where(table.c.id.in_(ids), table.c.tenant_id == tenant_id)
            known |= {row.id for row in await rows_of(database, query)}

    def fresh(match: re.Match[str]) -> str:
        if match["upload"] in known:
            return files.preview_url(match["upload"])
        if match["tool"] in known:
            return files.tool_file_url(match["tool"], match["extension"] or ".bin")
        return match[0]

    return [_LINK.sub(fresh, text) for text in texts]


def _fresh(value: Any, files: Files) -> Any:
    if isinstance(value, list):
        return [_fresh(item, files) for item in value]
    if isinstance(value, dict) and value.get("dify_model_identity") == FILE_IDENTITY:
        return files.resign([File.from_json(value)])[0].to_json()
    return value


def _message_file(row: Any, files: Files) -> MessageFile:
    upload = row.upload_name is not None
    name = row.upload_name if upload else row.tool_name
    return MessageFile(
        id=row.id,
        message_id=row.message_id,
        filename=name or (row.url or "").partition("?")[0].rpartition("/")[2],
        type=row.type,
        url=_url(row, files),
        mime_type=row.upload_type if upload else row.tool_type,
        size=row.upload_size if upload else row.tool_size,
        transfer_method=row.transfer_method,
        belongs_to=row.belongs_to,
        upload_file_id=row.upload_file_id,
    )


def _url(row: Any, files: Files) -> str | None:
    if row.upload_name is not None:
        return files.preview_url(row.upload_file_id)
    if row.tool_name is not None:
        return files.tool_file_url(row.upload_file_id, row.tool_name.rpartition(".")[2])
    url: str | None = row.url
    return url
