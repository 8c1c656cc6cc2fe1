"""The database: what feature plugins import.

Light: SQLAlchemy comes with the modules that need it. `dify_database.types` has the portable column types,
`dify_database.tables` the naming convention, `dify_database.ids` makes ids and times, `dify_database.testing` has
fixtures.
"""

from .api import Database, Dialect, PlainUnit, PoolFigures, Unit
from .commits import AfterCommit, after_commit
from .errors import AdoptionError, DatabaseError, DatabaseUnavailable, MigrationError, SchemaError, UnitError
from .hookspecs import MigrationHooks, Migrations
from .ids import utc_now, uuid4_text, uuid7_text
from .statements import StatementCount, count_statements

__all__ = [
    "AdoptionError",
    "AfterCommit",
    "Database",
    "DatabaseError",
    "DatabaseUnavailable",
    "Dialect",
    "MigrationError",
    "MigrationHooks",
    "Migrations",
    "PlainUnit",
    "PoolFigures",
    "SchemaError",
    "StatementCount",
    "Unit",
    "UnitError",
    "after_commit",
    "count_statements",
    "tables",
    "types",
    "utc_now",
    "uuid4_text",
    "uuid7_text",
]
