"""Reading what the database says of its schema."""

from typing import Any

from sqlalchemy import Connection, Select, column, inspect, literal, select, table, union_all

from .status import DIFY_TABLE, PREFIX, Stored


def read_stored(connection: Connection) -> Stored:
    """Read all version tables, in two statements."""
    names = sorted(name for name in inspect(connection).get_table_names() if _is_version_table(name))
    found: dict[str, list[str]] = {name: [] for name in names}
    if found:
        rows = union_all(*(_rows(name) for name in names))
        for name, revision in connection.execute(rows):
            found[name].append(revision)
    revisions = {name: tuple(sorted(those)) for name, those in found.items()}
    dify = revisions.pop(DIFY_TABLE, None)
    return Stored(revisions, dify)


def _is_version_table(name: str) -> bool:
    return name == DIFY_TABLE or name.startswith(PREFIX)


def _rows(name: str) -> Select[Any, Any]:
    return select(literal(name), column("version_num")).select_from(table(name))
