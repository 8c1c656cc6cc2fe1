"""What the tables of a plugin are, compared with what its code says they should be."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from alembic.autogenerate import compare_metadata
from sqlalchemy import Connection, MetaData

from ..errors import MigrationError
from .running import migration_context


def load_metadata(plugin: str, target: str) -> MetaData:
    """The metadata at `package.module:attribute`; raises `MigrationError` when there is none."""
    module, _, attribute = target.partition(":")
    try:
        found: Any = import_module(module)
        for name in attribute.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError, ValueError) as error:
        raise MigrationError(f"the tables of plugin {plugin!r} cannot be loaded from {target!r}: {error}") from error
    found = getattr(found, "metadata", found)
    if not isinstance(found, MetaData):
        raise MigrationError(f"plugin {plugin!r} names {target!r} as its tables, which is {type(found).__name__}")
    return found


def differences(connection: Connection, plugin: str, metadata: MetaData) -> list[str]:
    """What a migration would have to change, a line each; tables that `metadata` does not describe are left out."""
    include = only_tables_of(metadata)
    context = migration_context(connection, plugin, target_metadata=metadata, include_name=include, compare_type=True)
    return sorted(set(_lines(compare_metadata(context, metadata))))


def only_tables_of(metadata: MetaData) -> Callable[[str | None, str, Any], bool]:
    """Alembic's filter for the tables that `metadata` describes: the others belong to other plugins."""
    return lambda name, kind, _parents: kind != "table" or name in metadata.tables


def _lines(changes: Any) -> Iterator[str]:
    for change in changes:
        if isinstance(change, list):  # the changes of one column
            yield from _lines(change)
        else:
            yield _line(change)


def _line(change: tuple[Any, ...]) -> str:
    kind, words = change[0].replace("_", " "), change[1:]
    if kind.endswith("table"):
        return f"{kind} {words[0].name}"
    if kind.endswith("column"):
        return f"{kind} {words[1]}.{words[2].name}"
    if kind.startswith("modify"):
        return f"{kind} of {words[1]}.{words[2]}: {words[4]!r} -> {words[5]!r}"
    return f"{kind} {words[0].name} of {words[0].table.name}"
