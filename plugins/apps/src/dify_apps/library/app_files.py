"""App files on disk: which there are, how each and its app are called, and whether it changed. Looking blocks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from .errors import ImportFailedError

_SUFFIXES: Final = frozenset({".yml", ".yaml"})
_LOOKS_LIKE_AN_APP: Final = re.compile(rb"^(app|kind)\s*:", re.MULTILINE)

type Stamp = tuple[int, int, int]
"""Time of change in nanoseconds, size in bytes and inode: differs when the file does."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that was named, or found in a folder that was named; `stamp` is None when it is not there."""

    path: Path
    stamp: Stamp | None
    named: bool


def find_files(paths: Iterable[str]) -> list[FoundFile]:
    """The files of `paths`, each once: what is named, and the YAML files in and below folders that are not hidden."""
    found: dict[Path, FoundFile] = {}
    for path in map(Path, paths):
        if path.is_dir():
            for below in _files_below(path):
                found.setdefault(below, FoundFile(below, _stamp(below), named=False))
        else:
            found[path] = FoundFile(path, _stamp(path), named=True)
    return list(found.values())


def read_app(file: FoundFile) -> bytes | None:
    """The file's content; None for one in a folder that is no app file at all. Raises `OSError`."""
    content = file.path.read_bytes()
    return content if file.named or _LOOKS_LIKE_AN_APP.search(content) else None


def key_of(path: Path) -> str:
    """What the file is called for ever: its path from the working directory, or the whole path outside of it."""
    absolute, here = Path.cwd() / path, Path.cwd()
    normal = absolute.parent.resolve() / absolute.name
    return (normal.relative_to(here) if normal.is_relative_to(here) else normal).as_posix()


def file_app_id(key: str, tenant_id: str) -> str:
    """The id of the app of a file; raises `ImportFailedError` for a file without a name."""
    if not key:
        raise ImportFailedError("a file needs a name to be an app")
    return str(uuid5(UUID(tenant_id), f"app-file:{key}"))


def _files_below(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.rglob("*")) if _counts(path.relative_to(folder)) and path.is_file()]
    except OSError:  # it vanished, or may not be read
        return []


def _counts(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and not any(part.startswith(".") for part in path.parts)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
