"""What a run of a graph begins with: its version, graph, variables and inputs."""

import json
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.http import BadRequest, InvalidParam
from dify_runtime_sdk.secrets import TenantSecrets
from dify_runtime_sdk.workflow import RunInfo, VariableType
from dify_workflow import Variable
from dify_workflow.dsl import Features, FormVariable

from ...api import RunRequest, WorkflowVersion
from ...errors import AppUnavailable, WorkflowNotFound
from ...reading import AppReader
from ..inputs import graph_form

if TYPE_CHECKING:
    from dify_workflow import Graph, WorkflowEngine

_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True)
class BuiltGraph:
    """A graph that was built once, the form of its start node, and the features beside it."""

    graph: "Graph"
    form: tuple[FormVariable, ...]
    features: Features
    features_text: str


class Graphs:
    """Graphs of published versions, built once per process: a version never changes."""

    def __init__(self, engine: "WorkflowEngine") -> None:
        self._engine = engine
        self._built: OrderedDict[str, BuiltGraph] = OrderedDict()

    def get(self, version: WorkflowVersion) -> BuiltGraph:
        """The graph of a version; raises `GraphError` when it cannot be built."""
        built = self._built.get(version.id)
        if built is not None:
            self._built.move_to_end(version.id)
            return built
        features = Features.model_validate(version.features)
        graph, form = self._engine.graph(version.graph), graph_form(version.graph)
        built = BuiltGraph(graph, form, features, json.dumps(dict(version.features)))
        if version.version != "draft":
            self._built[version.id] = built
            if len(self._built) > _REMEMBERED:
                self._built.popitem(last=False)
        return built


async def version_of(request: RunRequest, reader: AppReader) -> WorkflowVersion:
    """The version to run: the published one, or the one that the client names."""
    app = request.app
    if request.workflow_id is None:
        if app.workflow is None:
            raise InvalidParam("Workflow not published") if app.mode == "workflow" else AppUnavailable
        return app.workflow
    try:
        wanted = str(uuid.UUID(request.workflow_id))
    except ValueError:
        raise BadRequest("Invalid workflow_id format") from None
    version = await reader.version(wanted, app_id=app.id, tenant_id=app.tenant_id)
    if version is None:
        raise WorkflowNotFound(f"Workflow not found with id: {request.workflow_id}")
    if version.version == "draft":
        raise BadRequest(f"Cannot use draft workflow version. Workflow ID: {request.workflow_id}")
    return version


async def environment_of(version: WorkflowVersion, tenant_id: str, secrets: TenantSecrets) -> list[Variable]:
    """The environment variables, secrets decrypted."""
    found = []
    for item in version.environment_variables:
        declared, value = VariableType(item["value_type"]), item.get("value")
        if declared is VariableType.SECRET and value:
            value = await secrets.decrypt(tenant_id, value)
        found.append(Variable(item["name"], value, declared))
    return found


def system_variables(request: RunRequest, version: WorkflowVersion, run_id: str, **more: Any) -> dict[str, Any]:
    """The namespace `sys`, in Dify's order."""
    return {
        **more,
        "user_id": request.caller.session_id,
        "app_id": request.app.id,
        "workflow_id": version.id,
        "workflow_run_id": run_id,
    }


def run_info(request: RunRequest, version: WorkflowVersion, run_id: str, conversation_id: str = "") -> RunInfo:
    """Who runs what, for nodes."""
    caller = request.caller
    return RunInfo(
        run_id=run_id,
        app_id=request.app.id,
        workflow_id=version.id,
        tenant_id=request.app.tenant_id,
        user_id=caller.id,
        user_from="account" if caller.role == "account" else "end-user",
        invoke_from=caller.invoke_from.value,
        conversation_id=conversation_id,
        call_depth=request.call_depth,
    )


def shown_inputs(inputs: Mapping[str, Any], system: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as events and rows show them: with the system variables, but for the conversation's id."""
    shown = {f"sys.{name}": value for name, value in system.items() if name != "conversation_id"}
    return {**inputs, **shown}
