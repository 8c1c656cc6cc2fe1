"""Counting statements: what tests ask, to keep routes from issuing more than they should."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

_open: ContextVar["StatementCount | None"] = ContextVar("dify_database_statement_count", default=None)


@dataclass(slots=True)
class StatementCount:
    """The statements that were sent; those that begin, nest and end transactions are not counted."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)

    def __str__(self) -> str:
        return "\n".join(self.statements) or "no statement"


@contextmanager
def count_statements() -> Iterator[StatementCount]:
    """Count the statements that this task, and the tasks it begins, send inside the block.

    A request that a test makes to an application in the same process is one of those tasks:

        with count_statements() as count:
            await client.get("/v1/notes")
        assert len(count) == 2, count
    """
    count = StatementCount()
    token = _open.set(count)
    try:
        yield count
    finally:
        _open.reset(token)


def note(statement: str) -> None:
    """Count one statement, if anybody counts; called by the engines."""
    count = _open.get()
    if count is not None:
        count.statements.append(statement)
