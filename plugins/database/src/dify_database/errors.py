"""The exceptions of this package, below the SDK's root.

DatabaseError                    root of this package
├── DatabaseUnavailable          also an HttpError, 503: the database cannot be reached or cannot take more
├── UnitError                    a unit of work breaks the rules: nested, committing by itself, writing while reading
├── MigrationError               a migration failed, or cannot be run; the schema is as it was
│   └── SchemaError              the schema is not the one that the installed plugins need
└── AdoptionError                the schema cannot be taken over; says what is missing

What a statement itself does wrong (a broken constraint, bad SQL) stays the exception of SQLAlchemy that it is.
"""

from typing import ClassVar

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.http import HttpError


class DatabaseError(DifyRuntimeError):
    """Root of the errors that this package raises on purpose."""

    code: ClassVar[str] = "database_error"


class DatabaseUnavailable(HttpError, DatabaseError):
    """503: the database cannot be reached, or has no connection free, or cannot store more; try again.

    The message is fit for clients: where the database is and what it said is in the log. `lost` says that a
    connection broke under a transaction that is known to be undone, so that it may be tried again at once.
    """

    status = 503
    code = "service_unavailable"
    default_message = "The database cannot be reached at the moment. Try again shortly."

    def __init__(self, message: str | None = None, *, lost: bool = False) -> None:
        super().__init__(message, headers={"Retry-After": "1"})
        self.lost = lost


class UnitError(DatabaseError):
    """A unit of work breaks the rules of `Database`; a bug of the plugin that wrote it."""

    code = "unit_error"


class MigrationError(DatabaseError):
    """A migration failed, or cannot be run; names the plugin and the revision. The schema is as it was before."""

    code = "migration_failed"


class SchemaError(MigrationError):
    """The schema is older or newer than the installed plugins need; names them."""

    code = "schema_not_current"


class AdoptionError(DatabaseError):
    """A schema cannot be taken over; names the tables and columns that are missing. Nothing was changed."""

    code = "adoption_refused"
