"""The revisions of one plugin, read from their files without importing them, or Alembic.

A boot needs only the head of each plugin. So the head of each file is parsed, down to its first function: there
Alembic's own template has the assignments that matter.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from ..errors import MigrationError

_NAMES: Final = frozenset(("revision", "down_revision", "depends_on"))


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: its id, the ids it follows, and the first line of its file's docstring."""

    id: str
    follows: tuple[str, ...]
    message: str
    file: Path


@dataclass(frozen=True, slots=True)
class Chain:
    """The revisions of one plugin by id, oldest first; `head` is the last one, None when there is none."""

    plugin: str
    revisions: Mapping[str, Revision]
    head: str | None

    @classmethod
    def read(cls, plugin: str, versions: Path) -> Self:
        """Read a folder; raises `MigrationError` when it does not hold one chain."""
        try:
            files = sorted(path for path in versions.iterdir() if path.suffix == ".py" and path.stem != "__init__")
            found = {revision.id: revision for revision in (_read(plugin, path) for path in files)}
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise MigrationError(f"the migrations of plugin {plugin!r} cannot be read: {reason}: {versions}") from error
        if len(found) != len(files):
            raise MigrationError(f"two migrations of plugin {plugin!r} have the same id", hint=f"see {versions}")
        return cls(plugin, MappingProxyType(_ordered(plugin, found)), _head(plugin, found))


def _read(plugin: str, file: Path) -> Revision:
    """One revision file; raises `MigrationError` when it does not say which it is."""
    text = file.read_text(encoding="utf-8")
    header = text.partition("\ndef ")[0]
    try:
        tree = ast.parse(header)
        values = dict(_assignments(tree))
    except (SyntaxError, ValueError) as error:
        raise MigrationError(f"migration {file.name} of plugin {plugin!r} cannot be read: {error}") from error
    revision, follows = values.get("revision"), values.get("down_revision")
    if not isinstance(revision, str):
        hint = "write revision = '...' above the functions"
        raise MigrationError(f"migration {file.name} of plugin {plugin!r} has no revision id", hint=hint)
    if values.get("depends_on"):
        hint = "a plugin's migrations must run without those of other plugins"
        raise MigrationError(f"migration {file.name} of plugin {plugin!r} has depends_on", hint=hint)
    message = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Revision(revision, (follows,) if isinstance(follows, str) else tuple(follows or ()), message, file)


def _assignments(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            targets: list[ast.expr] = [node.target]
        else:
            targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _NAMES and isinstance(node, ast.Assign | ast.AnnAssign):
                yield target.id, None if node.value is None else ast.literal_eval(node.value)


def _head(plugin: str, found: Mapping[str, Revision]) -> str | None:
    followed = {one for revision in found.values() for one in revision.follows}
    unknown = sorted(followed - found.keys())
    if unknown:
        raise MigrationError(f"migrations of plugin {plugin!r} follow {', '.join(unknown)}, which is not there")
    heads = sorted(found.keys() - followed)
    if found and len(heads) != 1:
        reason = f"has several heads: {', '.join(heads)}" if heads else "goes in a circle"
        raise MigrationError(f"the chain of migrations of plugin {plugin!r} {reason}", hint="let one follow the other")
    return heads[0] if heads else None


def _ordered(plugin: str, found: Mapping[str, Revision]) -> dict[str, Revision]:
    """Oldest first; what goes in a circle is left out, and found by `_head`."""
    ordered: dict[str, Revision] = {}
    waiting = dict(sorted(found.items()))
    while waiting:
        ready = [one for one in waiting.values() if all(before in ordered for before in one.follows)]
        if not ready:
            break
        for revision in ready:
            ordered[revision.id] = waiting.pop(revision.id)
    return ordered
