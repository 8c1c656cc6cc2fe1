"""A graph's run in the engine, new or continued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.workflow import from_json
from dify_workflow import Variable

from ...api import OrphanedRun, PreparedRun, RunOutput, WorkflowVersion
from ...runs.forms import answers_of
from .pausing import going_on
from .preparing import BuiltGraph, environment_of, run_info
from .resuming import executions_of
from .services import GraphServices

if TYPE_CHECKING:
    from dify_workflow import Run


@dataclass(slots=True, kw_only=True)
class GraphState:
    """What the modes that run a graph know of a run; `orphan` is what it goes on with, None for a new one."""

    version: WorkflowVersion
    built: BuiltGraph
    system: dict[str, Any]
    created_at: int
    inputs: dict[str, Any] = field(default_factory=dict)
    variables: Sequence[Variable] = ()
    orphan: OrphanedRun | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What people have answered, by the id of the node's execution."""


async def start(
    prepared: PreparedRun, state: GraphState, services: GraphServices, output: RunOutput, conversation_id: str = ""
) -> "tuple[Run, frozenset[str]]":
    """The engine's run, and the executions whose rows are there."""
    tenant_id = prepared.request.app.tenant_id
    environment = await environment_of(state.version, tenant_id, services.secrets)
    info = run_info(prepared.request, state.version, prepared.run_id, conversation_id)
    graph, engine = state.built.graph, services.engine
    if state.orphan is not None:
        run = await engine.resume(graph, output.journal, delivered=0, info=info, environment=environment)
        answers = await answers_of(services.database, prepared.run_id)
        if answers:
            run.update_variables({place: from_json(one, tenant_id=tenant_id) for place, one in answers.items()})
            state.answers = {form_id: one for (_, form_id), one in answers.items()}
        output.record(*going_on(prepared.run_id, prepared.request.app.id))
        return run, await executions_of(prepared.run_id, services.database)
    run = engine.run(
        graph,
        info=info,
        inputs=state.inputs,
        system=state.system,
        environment=environment,
        conversation=state.variables,
        journal=output.journal,
    )
    return run, frozenset()
