"""Names of files: what is refused, what is cut, and the keys under which content is stored."""

import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from ..errors import FileExtensionBlocked, FilenameMissing, InvalidFilename

LONGEST: Final = 200
"""Characters of a stored name; a longer one is cut, its extension kept."""
_LONGEST_EXTENSION: Final = 32
_REFUSED: Final = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')
_SAFE: Final = re.compile(r"[a-z0-9_+-]+")


@dataclass(frozen=True, slots=True)
class FileName:
    """A checked name; `extension` is in lower case, without a dot, empty when there is none."""

    name: str
    extension: str

    @property
    def suffix(self) -> str:
        """What a storage key ends with: the extension with a dot, if it is harmless in a path."""
        return f".{self.extension}" if _SAFE.fullmatch(self.extension) else ""


def extension_of(name: str) -> str:
    """The extension of a name, in lower case, without the dot; dots and blanks at the end of a name hide none."""
    extension = PurePosixPath(name.rstrip(". ")).suffix[1:].lower()
    return extension if len(extension) <= _LONGEST_EXTENSION else ""


def checked_name(filename: str, *, blocked: Set[str] = frozenset()) -> FileName:
    """The name as it is stored; raises `FilenameMissing`, `InvalidFilename` and `FileExtensionBlocked`."""
    if not filename.strip():
        raise FilenameMissing
    if _REFUSED.search(filename):
        raise InvalidFilename
    extension = extension_of(filename)
    if extension in blocked:
        raise FileExtensionBlocked(f"File extension '.{extension}' is not allowed for security reasons")
    return FileName(_cut(filename, extension), extension)


def harmless_name(filename: str) -> str:
    """A name from elsewhere, made one that is not refused; empty when nothing is left of it."""
    last = re.split(r"[/\\]", filename)[-1]
    cleaned = _REFUSED.sub("_", last).strip()
    return _cut(cleaned, extension_of(cleaned))


def _cut(name: str, extension: str) -> str:
    if len(name) <= LONGEST:
        return name
    end = f".{extension}" if extension else ""
    return name[: LONGEST - len(end)] + end
