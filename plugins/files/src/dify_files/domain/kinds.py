"""Kinds of files, told from extension and MIME type, and how large each may be."""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from dify_runtime_sdk.workflow import FileType

from ..settings import FilesSettings

ANY_TYPE: Final = "application/octet-stream"
"""The MIME type of what is not known any better."""

_MEGABYTE: Final = 1 << 20
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")

_EXTENSIONS: Final[Mapping[FileType, str]] = {
    FileType.IMAGE: "jpg jpeg png webp gif svg",
    FileType.VIDEO: "mp4 mov mpeg webm",
    FileType.AUDIO: "mp3 m4a wav amr mpga",
    FileType.DOCUMENT: "txt markdown md mdx pdf html htm xlsx xls vtt properties doc docx csv eml msg pptx ppt xml "
    "epub",
}
_KIND_OF: Final = {extension: kind for kind, names in _EXTENSIONS.items() for extension in names.split()}
_MIME_KINDS: Final = {
    "image": FileType.IMAGE,
    "video": FileType.VIDEO,
    "audio": FileType.AUDIO,
    "text": FileType.DOCUMENT,
}


def kind_of(extension: str, mime_type: str | None) -> FileType:
    """The kind of a file; `extension` with or without its dot counts before the MIME type."""
    kind = _KIND_OF.get(extension.lstrip(".").lower())
    if kind is not None:
        return kind
    main = (mime_type or "").partition("/")[0]
    if mime_type == "application/pdf":
        return FileType.DOCUMENT
    return _MIME_KINDS.get(main, FileType.CUSTOM)


def media_type(declared: str | None) -> str | None:
    """A declared MIME type in lower case and without parameters, None when it is none."""
    found = (declared or "").partition(";")[0].strip().lower()
    return found if _MEDIA_TYPE.fullmatch(found) else None


def guessed_type(filename: str | None) -> str | None:
    """The MIME type that a name suggests."""
    return mimetypes.guess_type(filename)[0] if filename else None


def guessed_extension(mime_type: str | None) -> str:
    """The extension that a MIME type suggests, with its dot; empty when there is none."""
    return (mimetypes.guess_extension(mime_type) or "") if mime_type else ""


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """The largest file of each kind, in bytes."""

    by_kind: Mapping[FileType, int]
    other: int

    @classmethod
    def of(cls, settings: FilesSettings) -> Self:
        """The limits that the operator set."""
        megabytes = {
            FileType.IMAGE: settings.UPLOAD_IMAGE_FILE_SIZE_LIMIT,
            FileType.VIDEO: settings.UPLOAD_VIDEO_FILE_SIZE_LIMIT,
            FileType.AUDIO: settings.UPLOAD_AUDIO_FILE_SIZE_LIMIT,
        }
        by_kind = {kind: limit * _MEGABYTE for kind, limit in megabytes.items()}
        return cls(by_kind, settings.UPLOAD_FILE_SIZE_LIMIT * _MEGABYTE)

    def for_extension(self, extension: str) -> int:
        """The limit of an upload: its extension alone decides, for anything can be declared as anything."""
        return self.for_kind(kind_of(extension, None))

    def for_kind(self, kind: FileType) -> int:
        """The limit of a kind."""
        return self.by_kind.get(kind, self.other)

    @property
    def largest(self) -> int:
        """The limit of the kind that may be largest."""
        return max(self.other, *self.by_kind.values())
