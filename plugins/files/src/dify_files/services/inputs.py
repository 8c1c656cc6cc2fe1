"""Files as inputs of apps: from what a client names to files that were looked up and checked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dify_runtime_sdk.workflow import File, FileType, TransferMethod

from ..api import FileRules
from ..domain.kinds import guessed_extension, kind_of
from ..domain.names import extension_of
from ..domain.rules import check_file, check_number, declared_type
from ..errors import InvalidFileInput
from .links import Links
from .remote import RemoteFiles
from .rows import FileRow, FileRows, is_id

_ID_FIELDS = {
    TransferMethod.LOCAL_FILE: "upload_file_id",
    TransferMethod.REMOTE_URL: "upload_file_id",
    TransferMethod.TOOL_FILE: "tool_file_id",
    TransferMethod.DATASOURCE_FILE: "datasource_file_id",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a client's list, complete enough to look it up: it has an id or a URL."""

    place: int
    method: TransferMethod
    mapping: Mapping[str, Any]
    related_id: str | None
    url: str | None

    @classmethod
    def of(cls, place: int, mapping: Any) -> "_Entry | None":
        """The entry, None when it says neither where the file is nor which."""
        if not isinstance(mapping, Mapping):
            return None
        try:
            method = TransferMethod(mapping.get("transfer_method", ""))
        except ValueError:
            return None
        related_id = mapping.get(_ID_FIELDS[method]) or None
        url = (mapping.get("url") or mapping.get("remote_url")) if method is TransferMethod.REMOTE_URL else None
        if related_id is None and not url:
            return None
        return cls(place, method, mapping, related_id, None if related_id else str(url))

    @property
    def label(self) -> str:
        """How messages name the entry."""
        return f"file {self.place}"


class Inputs:
    """Makes files of what clients name."""

    def __init__(self, rows: FileRows, remote: RemoteFiles, links: Links, *, number_limit: int) -> None:
        """`number_limit` is the most files of one input, whatever its own rules say."""
        self._rows = rows
        self._remote = remote
        self._links = links
        self._number_limit = number_limit

    async def read(
        self, mappings: Sequence[Mapping[str, Any]], *, rules: FileRules, tenant_id: str, strict_type: bool
    ) -> list[File]:
        """The files; raises `InvalidFileInput`. Nothing is fetched before number and methods were checked."""
        entries = [entry for place, each in enumerate(mappings, 1) if (entry := _Entry.of(place, each))]
        check_number(len(entries), rules, self._number_limit)
        for entry in entries:
            if entry.method not in rules.methods:
                raise InvalidFileInput(f"{entry.label}: the transfer method {entry.method.value} is not allowed here")
        found = await self._look_up(entries, tenant_id)
        making = (self._file(entry, found, rules, tenant_id, strict_type) for entry in entries)
        files: list[File] = []
        for made in await asyncio.gather(*making, return_exceptions=True):  # all end before the first error is raised
            if isinstance(made, BaseException):
                raise made
            files.append(made)
        return files

    async def _look_up(self, entries: Sequence[_Entry], tenant_id: str) -> Mapping[str, FileRow]:
        uploads: set[str] = set()
        tool_files: set[str] = set()
        for entry in entries:
            if entry.related_id is None:
                continue
            if not is_id(entry.related_id, tenant_id):
                raise InvalidFileInput(f"{entry.label}: the id is no id of a file")
            (tool_files if entry.method is TransferMethod.TOOL_FILE else uploads).add(str(entry.related_id).lower())
        found_uploads, found_tool_files = await self._rows.several(uploads, tool_files, tenant_id=tenant_id)
        return {f"upload {key}": file for key, file in found_uploads.items()} | {
            f"tool {key}": file for key, file in found_tool_files.items()
        }

    async def _file(
        self, entry: _Entry, found: Mapping[str, FileRow], rules: FileRules, tenant_id: str, strict_type: bool
    ) -> File:
        file = await self._remote_file(entry) if entry.url else _stored_file(entry, found)
        declared = declared_type(entry.label, entry.mapping.get("type"))
        kind = check_file(entry.label, file, declared=declared, rules=rules, strict_type=strict_type)
        return self._finished(file, kind, tenant_id, entry.mapping.get("id"))

    async def _remote_file(self, entry: _Entry) -> File:
        facts = await self._remote.facts(entry.label, str(entry.url))
        return File(
            type=kind_of(extension_of(facts.filename), facts.mime_type),
            transfer_method=entry.method,
            remote_url=entry.url,
            filename=facts.filename,
            extension=_dotted(extension_of(facts.filename)) or guessed_extension(facts.mime_type),
            mime_type=facts.mime_type,
            size=facts.size,
        )

    def _finished(self, file: File, kind: FileType, tenant_id: str, given_id: Any) -> File:
        url = self._links.of(file)
        return File(
            id=given_id if isinstance(given_id, str) else None,
            type=kind,
            tenant_id=tenant_id,
            transfer_method=file.transfer_method,
            remote_url=file.remote_url,
            related_id=file.related_id,
            filename=file.filename,
            extension=file.extension,
            mime_type=file.mime_type,
            size=file.size,
            url=url,
        )


def _stored_file(entry: _Entry, found: Mapping[str, FileRow]) -> File:
    table = "tool" if entry.method is TransferMethod.TOOL_FILE else "upload"
    row = found.get(f"{table} {str(entry.related_id).lower()}")
    if row is None:
        raise InvalidFileInput(f"{entry.label}: there is no such file")
    extension = extension_of(row.name) or extension_of(row.key)
    return File(
        type=kind_of(extension, row.mime_type),
        transfer_method=entry.method,
        remote_url=_origin(row) if entry.method is TransferMethod.REMOTE_URL else None,
        related_id=row.id,
        filename=row.name,
        extension=_dotted(extension),
        mime_type=row.mime_type,
        size=row.size,
    )


def _origin(row: FileRow) -> str | None:
    return getattr(row, "source_url", None) or None


def _dotted(extension: str) -> str:
    return f".{extension}" if extension else ""
