"""What happens after a commit: events and callbacks that a unit leaves on its session."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk import Event

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

type AfterCommit = Event | Callable[[], Awaitable[None]]
"""An event to publish, or a function to await."""

_KEY: Final = "dify_database.after_commit"


def after_commit(session: "AsyncSession", what: AfterCommit) -> None:
    """Publish an event, or await a function, once the transaction of this unit is committed.

    In the order of the calls, before `Database.write` returns; also when the caller of `write` was cancelled meanwhile.
    Nothing happens when the unit fails. What a function raises is logged.
    """
    session.info.setdefault(_KEY, []).append(what)


def take_after_commit(info: dict[Any, Any]) -> list[AfterCommit]:
    """What a session's `info` holds for after its commit; it is gone from there then."""
    found: list[AfterCommit] = info.pop(_KEY, [])
    return found
