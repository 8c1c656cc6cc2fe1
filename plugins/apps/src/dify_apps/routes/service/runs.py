"""Runs of workflows after the fact: their details and their log."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from dify_database import Database
from dify_runtime_sdk.http import InvalidParam, RequestContext, Routes

from ...errors import NotWorkflowApp
from ...services.queries import seconds, seconds_or_none
from ...services.workflow_runs import LogFilter, WorkflowRunNotFound, list_logs, run_of
from .calling import app_of
from .fields import Text

routes = Routes("service", tag="Workflow runs")

_GRAPHS = frozenset({"workflow", "advanced-chat"})


class WorkflowRunResponse(BaseModel):
    """A run; `inputs` and `outputs` are JSON texts, all fields are null for a run that is not there."""

    id: str | None = None
    workflow_id: str | None = None
    status: str | None = None
    inputs: str | None = None
    outputs: str | None = None
    error: str | None = None
    total_steps: int | None = None
    total_tokens: int | None = None
    created_at: int | None = None
    finished_at: int | None = None
    elapsed_time: float | None = None


class WorkflowLogQuery(BaseModel):
    """Which entries of the log."""

    keyword: Text | None = None
    status: Literal["succeeded", "failed", "stopped"] | None = None
    created_at__before: datetime | None = None
    created_at__after: datetime | None = None
    created_by_end_user_session_id: Text | None = None
    created_by_account: Text | None = None
    page: int = Field(1, ge=1, le=99999)
    limit: int = Field(20, ge=1, le=100)


class LoggedRun(BaseModel):
    """A run as the log shows it."""

    id: str
    version: str | None
    status: str | None
    triggered_from: str | None
    error: str | None
    elapsed_time: float | None
    total_tokens: int | None
    total_steps: int | None
    created_at: int | None
    finished_at: int | None
    exceptions_count: int | None


class LogAccount(BaseModel):
    """An account that asked for a run."""

    id: str
    name: str
    email: str


class LogEndUser(BaseModel):
    """An end user that asked for a run."""

    id: str
    type: str
    is_anonymous: bool
    session_id: str


class WorkflowAppLog(BaseModel):
    """An entry of the log."""

    id: str
    workflow_run: LoggedRun | None
    details: Any = None
    created_from: str
    created_by_role: str
    created_by_account: LogAccount | None
    created_by_end_user: LogEndUser | None
    created_at: int


class WorkflowLogPage(BaseModel):
    """A page of the log."""

    page: int
    limit: int
    total: int
    has_more: bool
    data: list[WorkflowAppLog]


@routes.get("/workflows/run/<workflow_run_id>", summary="A run", errors=(NotWorkflowApp, WorkflowRunNotFound))
async def run_detail(context: RequestContext, workflow_run_id: str) -> WorkflowRunResponse:
    """A run of the app's workflow; one that is not there is answered with nulls, as Dify does."""
    app = await app_of(context)
    if app.mode not in _GRAPHS:
        raise NotWorkflowApp
    row = await run_of(await context.runtime.services.get(Database), app, workflow_run_id)
    if row is None:
        return WorkflowRunResponse()
    return WorkflowRunResponse(
        id=row.id,
        workflow_id=row.workflow_id,
        status=row.status,
        inputs=row.inputs,
        outputs=row.outputs,
        error=row.error,
        total_steps=row.total_steps,
        total_tokens=row.total_tokens,
        created_at=seconds(row.created_at),
        finished_at=seconds_or_none(row.finished_at),
        elapsed_time=row.elapsed_time,
    )


@routes.get("/workflows/logs", summary="The log of runs", errors=(InvalidParam,))
async def logs(context: RequestContext, query: WorkflowLogQuery) -> WorkflowLogPage:
    """The runs that clients asked for, the newest first."""
    app = await app_of(context)
    wanted = LogFilter(
        keyword=query.keyword,
        status=query.status,
        before=query.created_at__before,
        after=query.created_at__after,
        session_id=query.created_by_end_user_session_id,
        account=query.created_by_account,
    )
    database = await context.runtime.services.get(Database)
    rows, total = await list_logs(database, app, wanted, page=query.page, limit=query.limit)
    return WorkflowLogPage(
        page=query.page,
        limit=query.limit,
        total=total,
        has_more=total > query.page * query.limit,
        data=[_entry(row) for row in rows],
    )


def _entry(row: Any) -> WorkflowAppLog:
    user = account = None
    if row.user_id is not None:
        user = LogEndUser(
            id=row.user_id,
            type=row.user_type.replace("_", "-"),
            is_anonymous=row.user_is_anonymous,
            session_id=row.user_session_id,
        )
    if row.account_id is not None:
        account = LogAccount(id=row.account_id, name=row.account_name, email=row.account_email)
    return WorkflowAppLog(
        id=row.id,
        workflow_run=_run(row),
        created_from=row.created_from,
        created_by_role=row.created_by_role,
        created_by_account=account,
        created_by_end_user=user,
        created_at=seconds(row.created_at),
    )


def _run(row: Any) -> LoggedRun | None:
    if row.run_id is None:
        return None
    return LoggedRun(
        id=row.run_id,
        version=row.run_version,
        status=row.run_status,
        triggered_from=row.run_triggered_from,
        error=row.run_error,
        elapsed_time=row.run_elapsed_time,
        total_tokens=row.run_total_tokens,
        total_steps=row.run_total_steps,
        created_at=seconds_or_none(row.run_created_at),
        finished_at=seconds_or_none(row.run_finished_at),
        exceptions_count=row.run_exceptions_count,
    )
