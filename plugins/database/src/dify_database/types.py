"""Column types that mean the same on SQLite and Postgres, and that fit tables which Dify made.

| type | Postgres | SQLite | in Python |
|---|---|---|---|
| `StringUUID` | UUID | CHAR(36) | `str` |
| `LongText` | TEXT | TEXT | `str` |
| `AdjustedJSON` | JSONB | JSON | what JSON holds |
| `BinaryData` | BYTEA | BLOB | `bytes` |
| `EnumText(Kind)` | VARCHAR | VARCHAR | a member of `Kind` |
| `ArrayOf(item)` | array of `item` | JSON | `list` |
| `UtcTime` | TIMESTAMP | DATETIME | naive `datetime` in UTC |

SQLAlchemy's own `JSON`, `Boolean`, `Integer`, `BigInteger`, `Float`, `Numeric` and `String(n)` need no adjustment.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, CHAR, JSON, DateTime, Dialect, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["AdjustedJSON", "ArrayOf", "BinaryData", "EnumText", "LongText", "StringUUID", "UtcTime"]

_SHORTEST_ENUM = 20
"""Characters that the column of an enum has at least, so that a new member seldom needs a migration."""


class StringUUID(TypeDecorator[str]):
    """A UUID, as text in Python. Takes a `UUID` too; other text than that of a UUID raises `ValueError`."""

    impl = CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """UUID where there is such a type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(UUID(as_uuid=False))
        return dialect.type_descriptor(CHAR(36))

    def process_bind_param(self, value: str | uuid.UUID | None, dialect: Dialect) -> str | None:
        """The canonical text."""
        if value is None:
            return None
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Text, whatever the driver gives."""
        return None if value is None else str(value)


class LongText(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True


class AdjustedJSON(TypeDecorator[Any]):
    """JSON, in the form that the database can index. `none_as_null` stores None as NULL, not as JSON's `null`."""

    impl = JSON
    cache_ok = True

    def __init__(self, *, none_as_null: bool = False) -> None:
        super().__init__(none_as_null=none_as_null)
        self.none_as_null = none_as_null

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSONB where there is such a type."""
        kind = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=self.none_as_null))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        """What is compared with an element of the document has the element's type, not JSON's."""
        return JSON().coerce_compared_value(op, value)


class BinaryData(TypeDecorator[bytes]):
    """Bytes of any length."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BYTEA on Postgres."""
        return dialect.type_descriptor(BYTEA() if dialect.name == "postgresql" else LargeBinary())


class EnumText[E: StrEnum](TypeDecorator[E]):
    """A member of an enum, stored as its value. Other values raise `ValueError`, also when a row holds one."""

    impl = String
    cache_ok = True

    def __init__(self, enum: type[E], length: int | None = None) -> None:
        """`length`: characters of the column; by default what the longest member needs, at least 20."""
        self.enum = enum
        self.length = length or max(_SHORTEST_ENUM, *(len(member.value) for member in enum))
        super().__init__(self.length)

    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        """The value of a member; takes the value itself too."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The member."""
        return None if value is None else self.enum(value)


class ArrayOf[T](TypeDecorator[Sequence[T]]):
    """A list of values of one type: text, numbers or booleans."""

    impl = JSON
    cache_ok = True

    def __init__(self, item: TypeEngine[T]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where there is such a type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(self.item))
        return dialect.type_descriptor(JSON(none_as_null=True))


class UtcTime(TypeDecorator[datetime]):
    """A moment, in UTC and naive. An aware time is converted; a naive one is taken to be UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time without its zone."""
        if value is None or value.tzinfo is None:
            return value
        return value.astimezone(UTC).replace(tzinfo=None)
