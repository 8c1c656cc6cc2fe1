"""Forms that runs wait for: answered once, by somebody or by the clock; then their run may go on."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Update, select, update

from dify_database import Database, utc_now

from ..tables.runs import RUNTIME_FORMS, RUNTIME_RUNS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

NOBODY: Final = ""
"""The holder of a run that any process may take up."""
TIMED_OUT: Final = {"timeout": True}
_AT_ONCE: Final = 100
_WAITS: Final = RUNTIME_RUNS.c.held_until.is_(None), RUNTIME_RUNS.c.ended_at.is_(None)


async def answer_form(database: Database, form_id: str, run_id: str, answer: Mapping[str, Any]) -> bool:
    """Answer a form, and let its run go on when no other form of it is open; False when it was answered before."""

    async def unit(session: "AsyncSession") -> bool:
        forms, now = RUNTIME_FORMS.c, utc_now()
        # one at a time: of the last two answers that come at once, one must see that no form is open any more
        await session.execute(select(RUNTIME_RUNS.c.task_id).where(RUNTIME_RUNS.c.run_id == run_id).with_for_update())
        mine = forms.id == form_id, forms.answered_at.is_(None)
        values = {"answer": json.dumps(dict(answer)), "answered_at": now}
        done: Any = await session.execute(update(RUNTIME_FORMS).where(*mine).values(**values))
        if not done.rowcount:
            return False
        left = select(forms.id).where(forms.run_id == run_id, forms.answered_at.is_(None)).limit(1)
        if (await session.execute(left)).first() is None:
            await session.execute(_free(RUNTIME_RUNS.c.run_id == run_id))
        return True

    return await database.write(unit)


async def free(database: Database, task_id: str) -> None:
    """Let any process take up the run of that task, if it waits."""
    await database.write(lambda session: session.execute(_free(RUNTIME_RUNS.c.task_id == task_id)))


async def waiting_caller(database: Database, task_id: str) -> str | None:
    """The id of whoever asked for the run of that task; None when it does not wait."""
    runs = RUNTIME_RUNS.c
    query = select(runs.stored).where(runs.task_id == task_id, *_WAITS)
    row: Any = (await database.read(lambda session: session.execute(query))).first()
    return None if row is None else str(json.loads(row.stored or "{}").get("caller", {}).get("id", ""))


def _free(which: ColumnElement[bool]) -> Update:
    return update(RUNTIME_RUNS).where(which, *_WAITS).values(holder=NOBODY, held_until=utc_now())


async def expire_forms(database: Database) -> None:
    """Answer the forms that nobody has answered in time."""
    forms = RUNTIME_FORMS.c
    late = select(forms.id, forms.run_id).where(forms.answered_at.is_(None), forms.expires_at < utc_now())
    rows: Any = (await database.read(lambda session: session.execute(late.limit(_AT_ONCE)))).all()
    for row in rows:
        await answer_form(database, row.id, row.run_id, TIMED_OUT)


async def answers_of(database: Database, run_id: str) -> dict[Sequence[str], Any]:
    """The answers that a run was given, by the variables that its nodes look for."""
    forms = RUNTIME_FORMS.c
    query = select(forms.node_id, forms.id, forms.answer).where(forms.run_id == run_id, forms.answer.is_not(None))
    rows: Any = (await database.read(lambda session: session.execute(query))).all()
    return {(row.node_id, row.id): json.loads(row.answer) for row in rows}
