"""The directory of a store: where the file of a key is, and what keys there are. Everything here blocks."""

import errno
import os
import stat
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from dify_runtime_sdk.storage import InvalidKeyError, ObjectInfo

from ..keys import check_key, check_prefix

RESERVED: Final = ".dify-runtime-incoming"
"""The directory below the root that holds files while they are written; no key begins with it."""
_PRIVATE: Final = 0o700
"""Mode of the directories of a store: it holds users' files and private keys."""


class Tree:
    """The files below one root; symbolic links below it are never followed."""

    def __init__(self, root: Path) -> None:
        """Make the directory; raises `OSError`."""
        root.mkdir(_PRIVATE, parents=True, exist_ok=True)
        self.root = root.resolve()
        self.incoming = self.root / RESERVED
        self.incoming.mkdir(_PRIVATE, exist_ok=True)

    def locate(self, key: str) -> Path:
        """The path of the file that `key` names, whether or not it is there; raises `InvalidKeyError`."""
        check_key(key)
        if _is_reserved(key.partition("/")[0]):
            raise InvalidKeyError(f"key {key!r} begins with {RESERVED}", hint="that directory is the store's own")
        path = self.root.joinpath(*key.split("/"))
        if os.path.realpath(path) != str(path):
            raise InvalidKeyError(f"key {key!r} leads through a symbolic link", hint="links are not followed")
        return path

    def find(self, key: str) -> tuple[Path, os.stat_result]:
        """The path of the object and what the system knows of it; raises `FileNotFoundError` if it is no file."""
        path = self.locate(key)
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return path, found

    def open(self, key: str) -> BinaryIO:
        """The object, opened for reading without a buffer; raises `FileNotFoundError` if it is no file."""
        path, _ = self.find(key)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(path, flags), "rb", buffering=0)

    def walk(self, prefix: str) -> Iterator[ObjectInfo]:
        """The objects whose key begins with `prefix`; raises `InvalidKeyError`."""
        check_prefix(prefix)
        base = prefix.rpartition("/")[0]
        pending = [f"{base}/" if base else ""]
        while pending:
            base = pending.pop()
            for entry in _entries(self.locate(base[:-1]) if base else self.root):
                key = base + entry.name
                if not key.startswith(prefix) or _is_reserved(key):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{key}/")
                elif entry.is_file(follow_symlinks=False):
                    yield from _listed(key, entry)


def describe(key: str, found: os.stat_result) -> ObjectInfo:
    """What there is to say about a file."""
    return ObjectInfo(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def make_parents(path: Path) -> None:
    """Make the directories above `path`, and their entries durable; raises `OSError`."""
    missing: list[Path] = []
    parent = path.parent
    while not parent.is_dir():
        missing.append(parent)
        parent = parent.parent
    for directory in reversed(missing):
        directory.mkdir(_PRIVATE, exist_ok=True)
        sync_directory(directory.parent)


def sync_directory(path: Path) -> None:
    """Make the entries of a directory durable; raises `OSError`."""
    if sys.platform == "win32":
        return  # directories cannot be opened there; the file system journals their entries
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a directory; nothing if it is none, or was removed meanwhile."""
    try:
        entries = os.scandir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        yield from entries


def _listed(key: str, entry: os.DirEntry[str]) -> Iterator[ObjectInfo]:
    """One file, unless its name is no key or it is gone."""
    try:
        check_key(key)
        found = entry.stat(follow_symlinks=False)
    except (InvalidKeyError, FileNotFoundError):
        return
    yield describe(key, found)


def _is_reserved(name: str) -> bool:
    """Whether a first segment is the store's own directory to any file system, also one that folds case."""
    return unicodedata.normalize("NFKC", name).casefold() == RESERVED
