"""One clock for leases: that of the database server, since those of several machines differ.

SQLite has no server: the clock is that of the one machine.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, bindparam, func, literal

from dify_database import Dialect, utc_now
from dify_database.types import UtcTime


@dataclass(frozen=True, slots=True)
class Clock:
    """Times in SQL."""

    dialect: Dialect

    def now(self) -> ColumnElement[Any]:
        """The time now; not that of the transaction's begin."""
        if self.dialect == "postgresql":
            return func.timezone("UTC", func.clock_timestamp())
        return literal(utc_now(), UtcTime)

    def after(self, seconds: float) -> ColumnElement[Any]:
        """The time in so many seconds."""
        if self.dialect == "postgresql":
            return self.now() + literal(timedelta(seconds=seconds), Interval)
        return literal(utc_now() + timedelta(seconds=seconds), UtcTime)

    def after_parameter(self, name: str) -> ColumnElement[Any]:
        """The time that the parameter `name` means; its value comes from `value`."""
        if self.dialect == "postgresql":
            return self.now() + bindparam(name, type_=Interval)
        return bindparam(name, type_=UtcTime)

    def value(self, seconds: float | None) -> Any:
        """What to pass for a parameter of `after_parameter`; None stays null."""
        if seconds is None:
            return None
        delay = timedelta(seconds=seconds)
        return delay if self.dialect == "postgresql" else utc_now() + delay
