"""Going on with a graph's run in another process."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from dify_database import Database

from ...api import Caller, InvokeFrom, OrphanedRun, RunRequest
from ...tables.workflows import WORKFLOW_NODE_EXECUTIONS

if TYPE_CHECKING:
    from ...reading import AppReader


def stored_request(request: RunRequest, version_id: str, **more: Any) -> Mapping[str, Any]:
    """What another process needs to go on with a run: JSON."""
    return {"caller": asdict(request.caller), "version": version_id, "query": request.query, **more}


async def request_of(run: OrphanedRun, reader: "AppReader") -> RunRequest | None:
    """The request of a run; None when its app is gone."""
    app = await reader.get(run.app_id, tenant_id=run.tenant_id)
    if app is None:
        return None
    stored = run.stored
    caller = Caller(**{**stored["caller"], "invoke_from": InvokeFrom(stored["caller"]["invoke_from"])})
    return RunRequest(app=app, caller=caller, inputs={}, query=stored["query"], workflow_id=stored["version"])


async def executions_of(run_id: str, database: Database) -> frozenset[str]:
    """The ids of executions whose rows are there."""
    query = select(WORKFLOW_NODE_EXECUTIONS.c.id).where(WORKFLOW_NODE_EXECUTIONS.c.workflow_run_id == run_id)
    rows: Any = await database.read(lambda session: session.scalars(query))
    return frozenset(rows.all())
