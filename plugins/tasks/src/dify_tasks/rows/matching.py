"""Many rows in one statement whose text does not depend on how many: Postgres plans it once per connection."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, TableValuedAlias, any_, column, func, literal
from sqlalchemy.types import TypeEngine

from dify_database import Dialect

from ..tables import TASKS

type Columns = dict[str, tuple[TypeEngine[Any], Sequence[Any]]]
"""Type and values of each column; as many values in all."""


def among(dialect: Dialect, ids: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row is that of one of these tasks."""
    if dialect == "postgresql":
        return TASKS.c.id == any_(literal(list(ids), ARRAY(String)))
    return TASKS.c.id.in_(ids)


def rows_of(columns: Columns) -> TableValuedAlias:
    """These values as a table, on Postgres."""
    arrays = [literal(list(values), ARRAY(kind)) for kind, values in columns.values()]
    table = func.unnest(*arrays).table_valued(*(column(name, kind) for name, (kind, _) in columns.items()))
    return table.render_derived(name="given")
