"""The session that a unit gets."""

from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import UnitError


class UnitSession(AsyncSession):
    """A session whose transaction belongs to `Database`: a unit may nest (`begin_nested`), never end it.

    Made with `expire_on_commit=False`: what it loaded stays usable after the unit.
    """

    async def commit(self) -> NoReturn:
        """Refuse."""
        raise UnitError("a unit does not commit: it is committed when it returns", hint="leave the commit out")

    async def rollback(self) -> NoReturn:
        """Refuse."""
        raise UnitError("a unit does not roll back: it is undone when it raises", hint="raise, or use begin_nested()")

    async def finish(self) -> None:
        """Flush, and commit as far as the session is concerned; for `Database` alone."""
        await super().commit()

    async def undo(self) -> None:
        """Roll back as far as the session is concerned; for `Database` alone."""
        await super().rollback()


SESSION_OPTIONS: dict[str, Any] = {"expire_on_commit": False}
"""The options of every session."""
