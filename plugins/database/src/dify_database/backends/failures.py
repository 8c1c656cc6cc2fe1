"""What the database's failures mean: which are its own, which may be tried again, and when it is back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import DatabaseUnavailable, UnitError

_log = logging.getLogger("dify_database")

_BUSY: Final = "The database has more to do than it can at the moment. Try again shortly."
_FULL: Final = "The database cannot store anything more."

_SQLITE_READ_ONLY: Final = 8
_SQLITE: Final = {
    5: _BUSY,  # SQLITE_BUSY
    6: _BUSY,  # SQLITE_LOCKED
    10: DatabaseUnavailable.default_message,  # SQLITE_IOERR
    13: _FULL,  # SQLITE_FULL
    14: DatabaseUnavailable.default_message,  # SQLITE_CANTOPEN
}
"""Primary result codes of SQLite that say something about the database, not about the statement."""

_READ_ONLY: Final = "25006"
"""SQLSTATE of a write in a transaction that reads."""
_CONFLICTS: Final = frozenset(("40001", "40P01"))
"""SQLSTATE of a serialization failure and of a deadlock: the transaction is undone and may be repeated."""
_STALE_PLAN: Final = "InvalidCachedStatementError"
"""What asyncpg raises for a statement that it prepared before the schema changed; SQLAlchemy forgets it then."""
_EXHAUSTED: Final = {"53100": _FULL, "53200": _BUSY, "53300": _BUSY}
"""SQLSTATE of a full disk, of too little memory and of too many connections."""


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code behind an error."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a server behind an error."""
    state: str | None = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state


def is_busy(error: BaseException) -> bool:
    """Whether SQLite's lock could not be had in time."""
    return _SQLITE.get(sqlite_code(error) or 0) is _BUSY


def is_conflict(error: BaseException) -> bool:
    """Whether the transaction lost against another one, or against a change of the schema, and may be repeated."""
    if not isinstance(error, DBAPIError):
        return False
    return sqlstate(error) in _CONFLICTS or type(error.orig).__name__ == _STALE_PLAN


_UNDECIDED: Final = "The database broke off while a change was stored. Look whether it is there before you try again."


class Failures:
    """Translates what SQLAlchemy raises, and logs once when the database goes away and once when it is back."""

    def __init__(self, where: str) -> None:
        """`where` names the database in the log; it must hold no credential."""
        self._where = where
        self._away = False

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Raise what `translated` makes of an error of the block."""
        try:
            yield
        except Exception as error:
            translated = self.translated(error)
            if translated is error:
                raise
            raise translated from error

    @contextmanager
    def translating_commit(self, unit: str) -> Iterator[None]:
        """Like `translating`, for a commit: where the connection is lost, nobody knows whether it was done."""
        try:
            with self.translating():
                yield
        except DatabaseUnavailable as error:
            if not error.lost:
                raise
            _log.warning("connection lost while unit %s was committed: it may or may not be done", unit)
            raise DatabaseUnavailable(_UNDECIDED) from error

    def translated(self, error: BaseException) -> BaseException:
        """What to raise instead of `error`: itself, unless it is the database's own failure."""
        if isinstance(error, PoolTimeout):
            return self.unavailable("no connection became free in time", _BUSY)
        if not isinstance(error, DBAPIError):
            return error
        if error.connection_invalidated:
            return self.unavailable(f"connection lost: {error.orig}", lost=True)
        code = sqlite_code(error)
        if code == _SQLITE_READ_ONLY or sqlstate(error) == _READ_ONLY:
            return UnitError("a unit that only reads has written", hint="use Database.write")
        message = _SQLITE.get(code or 0) or _EXHAUSTED.get(sqlstate(error) or "")
        return error if message is None else self.unavailable(str(error.orig), message)

    def unavailable(self, reason: str, message: str | None = None, *, lost: bool = False) -> DatabaseUnavailable:
        """The error to raise; `reason` goes to the log, once per outage."""
        level = logging.DEBUG if self._away else logging.WARNING
        _log.log(level, "%s fails: %s", self._where, reason)
        self._away = True
        return DatabaseUnavailable(message, lost=lost)

    def answered(self) -> None:
        """Note that the database did what it was asked."""
        if self._away:
            self._away = False
            _log.info("%s answers again", self._where)
