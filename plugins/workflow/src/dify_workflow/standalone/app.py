"""An app file made runnable."""

import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final

from dify_runtime_sdk.workflow import (
    File,
    Journal,
    NodeServices,
    RunInfo,
    VariableType,
    WorkflowError,
)

from ..dsl import AppMode, Document, FormType, input_form, load, validate_inputs
from ..engine import WorkflowEngine
from ..graph import Graph
from ..run.clock import Clock
from ..run.limits import RunLimits
from ..run.run import Run
from ..state.values import Variable
from .files import described
from .stubs import StubbedRegistry, read_stubs

RUNNABLE: Final = (AppMode.WORKFLOW, AppMode.ADVANCED_CHAT)
_FILES: Final = (FormType.FILE, FormType.FILE_LIST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a run is given: the user's part of it, and who it is run for.

    `conversation` holds values of conversation variables other than those of the file. `system` is added to the
    variables of `sys`.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    files: Sequence[File] = ()
    conversation: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    system: Mapping[str, Any] = field(default_factory=dict)
    user_id: str = "test_user"
    app_id: str = "test_app"
    workflow_id: str = "test_workflow"


@dataclass(frozen=True)
class App:
    """A workflow or chatflow that runs; its graph is built once."""

    document: Document
    graph: Graph
    engine: WorkflowEngine

    def run(
        self,
        turn: Turn,
        *,
        services: NodeServices | None = None,
        journal: Journal | None = None,
        limits: RunLimits | None = None,
        clock: Clock | None = None,
    ) -> Run:
        """A new run. Raises `InputsError` for inputs that do not fit the form of the start node."""
        return self.engine.run(
            self.graph,
            info=RunInfo(
                run_id=str(uuid.uuid4()),
                app_id=turn.app_id,
                workflow_id=turn.workflow_id,
                user_id=turn.user_id,
                invoke_from="debugger",
            ),
            inputs=self.inputs(turn.inputs),
            system=_system(turn),
            environment=_variables(self.document.environment_variables, turn.environment, "environment"),
            conversation=_variables(self.document.conversation_variables, turn.conversation, "conversation"),
            services=services,
            journal=journal,
            limits=limits,
            clock=clock,
        )

    def inputs(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs as the start node takes them; those of a run by a trigger are taken as they are."""
        if not any(node.type == "start" for node in self.graph.nodes.values()):
            return dict(given)
        form = input_form(self.document)
        plain = {name: _as_json(value) for name, value in given.items()}
        values = validate_inputs(form, plain)
        for variable in form:
            if variable.type in _FILES and values.get(variable.variable) is not None:
                values[variable.variable] = _as_files(variable.variable, values[variable.variable])
        return values


def load_app(
    source: str | bytes | Document,
    engine: WorkflowEngine,
    *,
    stubs: Mapping[str, Any] | None = None,
    node_overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> App:
    """Make an app runnable from the text of its file, or from a document.

    `stubs` say what nodes give instead of doing their work (see `read_stubs`), `node_overrides` is merged into the
    `data` of nodes before they are made; both by node id. Raises `DslError`, `GraphError`, and `WorkflowError` for an
    app without a graph and for ids that are no nodes.
    """
    document = source if isinstance(source, Document) else load(source)
    if document.mode not in RUNNABLE:
        raise WorkflowError(
            f"an app of the mode {document.mode.value} has no workflow that runs by itself",
            hint="workflows and chatflows (`advanced-chat`) have one",
        )
    scripts = read_stubs(stubs or {})
    _known(document, "stubs", scripts)
    _known(document, "node_overrides", node_overrides or {})
    graph = _overridden(document.graph, node_overrides or {})
    return App(document, Graph.build(graph, StubbedRegistry(engine.registry, scripts)), engine)


def _known(document: Document, what: str, by_node: Mapping[str, Any]) -> None:
    ids = {str(node.get("id")) for node in document.graph.get("nodes") or ()}
    for node_id in by_node:
        if node_id not in ids:
            raise WorkflowError(f"{what}: the app has no node {node_id!r}", hint=f"its nodes: {', '.join(sorted(ids))}")


def _overridden(graph: dict[str, Any], overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    nodes = []
    for node in graph.get("nodes") or ():
        override = overrides.get(node.get("id"))
        nodes.append({**node, "data": {**node["data"], **override}} if override else node)
    return {**graph, "nodes": nodes}


def _system(turn: Turn) -> dict[str, Any]:
    return {
        "query": turn.query,
        "files": list(turn.files),
        "user_id": turn.user_id,
        "app_id": turn.app_id,
        "workflow_id": turn.workflow_id,
        **turn.system,
    }


def _variables(declared: Mapping[str, Any], given: Mapping[str, Any], what: str) -> list[Variable]:
    for name in given:
        if name not in declared:
            raise WorkflowError(f"the app declares no {what} variable {name!r}")
    return [
        Variable(name, given.get(name, copy(one.value)), VariableType(one.value_type.value))
        for name, one in declared.items()
    ]


def _as_json(value: Any) -> Any:
    """Files as the objects that forms check."""
    if isinstance(value, File):
        return value.to_json()
    return [_as_json(item) for item in value] if isinstance(value, list) else value


def _as_files(name: str, value: Any) -> Any:
    """The files of an input, which clients send as objects."""
    if isinstance(value, list):
        return [_as_files(name, item) for item in value]
    try:
        return described(value)
    except ValueError as error:
        raise WorkflowError(f"input {name!r} is no file: {error}") from None


__all__ = ["RUNNABLE", "App", "Turn", "load_app"]
