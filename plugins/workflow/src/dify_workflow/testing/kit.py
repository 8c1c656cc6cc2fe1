"""Running app files in tests."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dify_runtime_sdk.agents import AgentStrategies
from dify_runtime_sdk.egress import Egress
from dify_runtime_sdk.knowledge import Retriever
from dify_runtime_sdk.models import LanguageModels
from dify_runtime_sdk.tools import Tools
from dify_runtime_sdk.workflow import File, Journal, NodeServices
from dify_runtime_sdk.workflow.files import WorkflowFiles
from dify_runtime_sdk.workflow.memory import ConversationMemory

from ..dsl import Document, from_mapping
from ..engine import WorkflowEngine
from ..run.clock import Clock
from ..run.limits import RunLimits
from ..standalone import GivenServices, Turn, load_app
from ..standalone.files import LocalFiles
from .clock import ScriptedClock
from .played import Played

type AppSource = str | bytes | Path | Mapping[str, Any] | Document
"""An app file by its path, its text (which has more than one line), its plain values, or as a document."""


@dataclass
class WorkflowKit:
    """Runs app files with `engine`, whose node types and services count; what a test scripts comes first.

    Node types that render templates or run code need `TemplateRenderer` and `CodeExecutor` from `services`: those of a
    runtime, as with the fixture `workflow`, or a mapping by protocol.
    """

    engine: WorkflowEngine
    services: NodeServices | Mapping[type[Any], Any] | None = None

    async def __call__(
        self,
        app: AppSource,
        *,
        inputs: Mapping[str, Any] = {},
        query: str = "",
        files: Sequence[File] = (),
        conversation: Mapping[str, Any] = {},
        environment: Mapping[str, Any] = {},
        system: Mapping[str, Any] = {},
        stubs: Mapping[str, Any] = {},
        node_overrides: Mapping[str, Mapping[str, Any]] = {},
        models: LanguageModels | None = None,
        tools: Tools | None = None,
        http: Egress | None = None,
        retriever: Retriever | None = None,
        agents: AgentStrategies | None = None,
        memory: ConversationMemory | None = None,
        stored: WorkflowFiles | None = None,
        services: Mapping[type[Any], Any] = {},
        clock: Clock | None = None,
        limits: RunLimits | None = None,
        journal: Journal | None = None,
    ) -> Played:
        """Run an app once, to its end.

        `conversation` and `environment` replace values of declared variables, `system` adds to `sys`. `stubs` replace
        the work of nodes, `node_overrides` are merged into their `data`, both by node id. `models` to `stored` and
        `services` (by protocol) stand in for services. Nodes run one at a time unless `limits` say otherwise, so that
        events come in the same order every time; `clock` is a `ScriptedClock` by default.

        Raises `DslError`, `GraphError`, `InputsError` and `WorkflowError` for what keeps the app from running.
        """
        named = {
            LanguageModels: models,
            Tools: tools,
            Egress: http,
            Retriever: retriever,
            AgentStrategies: agents,
            ConversationMemory: memory,
            WorkflowFiles: stored or LocalFiles(),
        }
        given = {key: service for key, service in named.items() if service is not None} | dict(services)
        ready = load_app(await _source(app), self.engine, stubs=stubs, node_overrides=node_overrides)
        turn = Turn(
            inputs=inputs, query=query, files=files, conversation=conversation, environment=environment, system=system
        )
        run = ready.run(
            turn,
            services=GivenServices(given, self._others()),
            journal=journal,
            limits=limits or self._limits(),
            clock=clock or ScriptedClock(),
        )
        return Played(run.outcome, [event async for event in run.events()])

    def _others(self) -> NodeServices | None:
        return GivenServices(self.services) if isinstance(self.services, Mapping) else self.services

    def _limits(self) -> RunLimits:
        """Without a limit of time: a scripted clock would jump to it."""
        return RunLimits(max_steps=self.engine.limits.max_steps, max_seconds=float("inf"), max_parallel=1)


async def _source(app: AppSource) -> str | bytes | Document:
    if isinstance(app, Mapping):
        return from_mapping(dict(app))
    if isinstance(app, str) and "\n" not in app:
        app = Path(app)
    return await asyncio.to_thread(app.read_bytes) if isinstance(app, Path) else app
