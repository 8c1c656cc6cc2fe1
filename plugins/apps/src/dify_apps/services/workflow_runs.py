"""Runs of an app's workflow, and the log of those that clients asked for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from dify_accounts.tables import ACCOUNTS, END_USERS, TENANT_ACCOUNT_JOINS
from dify_database import Database
from dify_runtime_sdk.http import InvalidParam, NotFound

from ..api import App
from ..tables.workflows import WORKFLOW_APP_LOGS, WORKFLOW_RUNS
from .queries import naive_utc, row_of, rows_of

_LOG: Final = WORKFLOW_APP_LOGS.c
_RUN: Final = WORKFLOW_RUNS.c
_KEYWORD: Final = 30
"""How many characters of a keyword count."""


class WorkflowRunNotFound(NotFound):
    """404: what should be the id of a run is none."""

    default_message = "Workflow run not found."


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries of the log; None does not matter."""

    keyword: str | None = None
    status: str | None = None
    before: datetime | None = None
    after: datetime | None = None
    session_id: str | None = None
    account: str | None = None


async def run_of(database: Database, app: App, run_id: str) -> Any:
    """The row of a run, None when the app has no such run; raises `WorkflowRunNotFound` for what is no UUID."""
    try:
        known = str(UUID(run_id))
    except ValueError:
        raise WorkflowRunNotFound from None
    mine = _RUN.id == known, _RUN.app_id == app.id, _RUN.tenant_id == app.tenant_id
    return await row_of(database, select(WORKFLOW_RUNS).where(*mine))


async def list_logs(
    database: Database, app: App, wanted: LogFilter, *, page: int, limit: int
) -> tuple[Sequence[Any], int]:
    """A page of the log, the newest first, and how many entries there are; two statements.

    Raises `InvalidParam` for an account that the workspace has not.
    """
    account_id = None if wanted.account is None else await _account(database, app, wanted.account)
    conditions = [_LOG.app_id == app.id, _LOG.tenant_id == app.tenant_id, *_conditions(wanted, account_id)]
    total = await row_of(database, _joined(select(func.count())).where(*conditions))
    query = _joined(select(WORKFLOW_APP_LOGS, *_OF_RUN, *_OF_CREATORS)).where(*conditions)
    newest = _LOG.created_at.desc(), _LOG.id.desc()
    rows = await rows_of(database, query.order_by(*newest).limit(limit).offset((page - 1) * limit))
    return rows, total[0]


_OF_RUN: Final = tuple(
    getattr(_RUN, name).label(f"run_{name}")
    for name in (
        "id",
        "version",
        "status",
        "triggered_from",
        "error",
        "elapsed_time",
        "total_tokens",
        "total_steps",
        "created_at",
        "finished_at",
        "exceptions_count",
    )
)
_OF_CREATORS: Final = (
    END_USERS.c.id.label("user_id"),
    END_USERS.c.type.label("user_type"),
    END_USERS.c.is_anonymous.label("user_is_anonymous"),
    END_USERS.c.session_id.label("user_session_id"),
    ACCOUNTS.c.id.label("account_id"),
    ACCOUNTS.c.name.label("account_name"),
    ACCOUNTS.c.email.label("account_email"),
)


def _joined(query: Select[Any]) -> Select[Any]:
    by_user = (END_USERS.c.id == _LOG.created_by) & (_LOG.created_by_role == "end_user")
    by_account = (ACCOUNTS.c.id == _LOG.created_by) & (_LOG.created_by_role == "account")
    return (
        query.select_from(WORKFLOW_APP_LOGS)
        .outerjoin(WORKFLOW_RUNS, (_RUN.id == _LOG.workflow_run_id) & (_RUN.app_id == _LOG.app_id))
        .outerjoin(END_USERS, by_user & (END_USERS.c.tenant_id == _LOG.tenant_id))
        .outerjoin(ACCOUNTS, by_account)
    )


def _conditions(wanted: LogFilter, account_id: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.keyword:
        conditions.append(_mentions(wanted.keyword[:_KEYWORD]))
    if wanted.status:
        conditions.append(_RUN.status == wanted.status)
    if wanted.before:
        conditions.append(_LOG.created_at <= naive_utc(wanted.before))
    if wanted.after:
        conditions.append(_LOG.created_at >= naive_utc(wanted.after))
    if wanted.session_id:
        conditions.append(END_USERS.c.session_id == wanted.session_id)
    if account_id:
        conditions.append(ACCOUNTS.c.id == account_id)
    return conditions


def _mentions(keyword: str) -> ColumnElement[bool]:
    """Whether a run's inputs or outputs (JSON with ASCII escapes) or its user mention it."""
    stored = json.dumps(keyword)[1:-1]
    places: list[ColumnElement[bool]] = [
        _RUN.inputs.icontains(stored, autoescape=True),
        _RUN.outputs.icontains(stored, autoescape=True),
        END_USERS.c.session_id.icontains(keyword, autoescape=True),
    ]
    return or_(*places)


async def _account(database: Database, app: App, email: str) -> str:
    join = TENANT_ACCOUNT_JOINS.c
    query = (
        select(ACCOUNTS.c.id)
        .join(TENANT_ACCOUNT_JOINS, join.account_id == ACCOUNTS.c.id)
        .where(ACCOUNTS.c.email == email, join.tenant_id == app.tenant_id)
    )
    row = await row_of(database, query)
    if row is None:
        raise InvalidParam(f"Account not found: {email}")
    account_id: str = row.id
    return account_id
