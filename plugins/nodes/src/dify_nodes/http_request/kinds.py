"""What an answer is by its headers: text or a file, and the file's name."""

import mimetypes
import re
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

_TEXTS: Final = frozenset(
    (
        "ecmascript",
        "graphql",
        "javascript",
        "json",
        "json-seq",
        "jsonl",
        "ndjson",
        "rtf",
        "sql",
        "toml",
        "x-javascript",
        "x-ndjson",
        "x-sh",
        "x-www-form-urlencoded",
        "x-yaml",
        "xhtml+xml",
        "xml",
        "yaml",
    )
)
"""Subtypes of `application` that are text, besides those that end in `+json`, `+xml` or `+yaml`."""
_SUFFIXES: Final = ("+json", "+xml", "+yaml")
_TEXT_KINDS: Final = frozenset(("text", "multipart", "message"))
_LONGEST: Final = 255
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of an answer before its body: `mime_type` without parameters, empty when it is not said."""

    is_file: bool
    mime_type: str = ""
    charset: str | None = None
    filename: str | None = None

    @classmethod
    def of(cls, content_type: str, disposition: str) -> "Kind":
        """Read the two headers; nonsense in them counts as nothing said."""
        mime_type, charset = _content_type(content_type)
        attachment, filename = _disposition(disposition)
        is_file = attachment or filename is not None or not _is_text(mime_type)
        return cls(is_file, mime_type, charset, filename)

    def name(self, url: str) -> str:
        """A name for the file: the server's, else the last part of the path, with an ending that fits the type."""
        name = self.filename or _clean(unquote(PurePosixPath(urlsplit(url).path).name)) or "file"
        if PurePosixPath(name).suffix:
            return name
        return f"{name}{mimetypes.guess_extension(self.mime_type) or ''}"


def _content_type(header: str) -> tuple[str, str | None]:
    message = EmailMessage()
    message["Content-Type"] = _one_line(header)
    if not header.strip():
        return "", None
    charset = message.get_param("charset")
    return message.get_content_type(), charset if isinstance(charset, str) else None


def _disposition(header: str) -> tuple[bool, str | None]:
    if not header.strip():
        return False, None
    message = EmailMessage()
    message["Content-Disposition"] = _one_line(header)
    filename = message.get_filename()
    return message.get_content_disposition() == "attachment", (_clean(filename) or "file") if filename else None


def _one_line(header: str) -> str:
    return " ".join(header.split())


def _clean(name: str) -> str:
    """The name without folders, control characters, and over-length; empty when nothing is left."""
    last = _FORBIDDEN.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    return last[-_LONGEST:]


def _is_text(mime_type: str) -> bool:
    if not mime_type:
        return True
    kind, _, subtype = mime_type.partition("/")
    return kind in _TEXT_KINDS or (kind == "application" and subtype in _TEXTS) or subtype.endswith(_SUFFIXES)
