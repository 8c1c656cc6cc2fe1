"""The service of the plugin: node types, observers, interceptors and limits, bound together.

The class is the key of the service, so every process imports this module: what builds and runs graphs comes with the
first graph.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Interceptors
from dify_runtime_sdk.workflow import NodeOffer

from .settings import WorkflowSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.workflow import Journal, NodeServices, RunInfo, RunObserver

    from .graph import Graph
    from .registry import NodeRegistry
    from .run.clock import Clock
    from .run.limits import RunLimits
    from .run.run import Run
    from .state.values import Variable


def container_offers() -> list[NodeOffer]:
    """The node types of this package: iterations and loops."""
    return [
        NodeOffer("iteration", "dify_workflow.containers.iteration:IterationNode"),
        NodeOffer("iteration-start", "dify_workflow.containers.iteration:IterationStartNode"),
        NodeOffer("loop", "dify_workflow.containers.loop:LoopNode"),
        NodeOffer("loop-start", "dify_workflow.containers.loop:LoopStartNode"),
        NodeOffer("loop-end", "dify_workflow.containers.loop:LoopEndNode"),
    ]


class WorkflowEngine:
    """Builds graphs and runs them with everything that plugins contribute."""

    def __init__(
        self,
        registry: "NodeRegistry",
        *,
        services: "NodeServices | None" = None,
        observers: "Sequence[RunObserver]" = (),
        interceptors: Interceptors | None = None,
        settings: WorkflowSettings | None = None,
    ) -> None:
        self.registry = registry
        self._services = services
        self._observers = tuple(observers)
        self._interceptors = interceptors
        self.settings = settings or WorkflowSettings()

    @property
    def limits(self) -> "RunLimits":
        """The limits of a run that is given none of its own."""
        from .run.limits import RunLimits

        return RunLimits(
            max_steps=self.settings.WORKFLOW_MAX_EXECUTION_STEPS,
            max_seconds=self.settings.WORKFLOW_MAX_EXECUTION_TIME,
        )

    def graph(self, definition: Mapping[str, Any], *, root: str | None = None) -> "Graph":
        """Build a graph; see `Graph.build`."""
        from .graph import Graph

        return Graph.build(definition, self.registry, root=root)

    def run(
        self,
        graph: "Graph",
        *,
        info: "RunInfo",
        inputs: Mapping[str, Any] | None = None,
        system: Mapping[str, Any] | None = None,
        environment: "Iterable[Variable]" = (),
        conversation: "Iterable[Variable]" = (),
        rag: Mapping[str, Any] | None = None,
        services: "NodeServices | None" = None,
        journal: "Journal | None" = None,
        limits: "RunLimits | None" = None,
        clock: "Clock | None" = None,
    ) -> "Run":
        """A new run; see `Run`.

        Raises `CallDepthError` when `info.call_depth` is over the limit, `WorkflowError` for a variable that is too
        large.
        """
        from .run.run import Run

        self._check_depth(info)
        environment, conversation = tuple(environment), tuple(conversation)
        for variable in (*environment, *conversation):
            self._check_size(variable)
        return Run(
            graph,
            info=info,
            inputs=inputs,
            system=system,
            environment=environment,
            conversation=conversation,
            rag=rag,
            services=services or self._services,
            journal=journal,
            limits=limits or self.limits,
            clock=clock,
            observers=self._observers,
            interceptors=self._interceptors,
        )

    async def resume(
        self,
        graph: "Graph",
        journal: "Journal",
        *,
        delivered: int | None = None,
        info: "RunInfo | None" = None,
        environment: "Iterable[Variable]" = (),
        services: "NodeServices | None" = None,
        limits: "RunLimits | None" = None,
        clock: "Clock | None" = None,
    ) -> "Run":
        """A run that goes on where `journal` ends; see `Run.resume`."""
        from .run.run import Run

        return await Run.resume(
            graph,
            journal,
            delivered=delivered,
            info=info,
            environment=environment,
            services=services or self._services,
            limits=limits or self.limits,
            clock=clock,
            observers=self._observers,
            interceptors=self._interceptors,
        )

    def _check_depth(self, info: "RunInfo") -> None:
        depth = self.settings.WORKFLOW_CALL_MAX_DEPTH
        if info.call_depth > depth:
            from .errors import CallDepthError

            raise CallDepthError(f"Max workflow call depth {depth} reached.")

    def _check_size(self, variable: "Variable") -> None:
        size, limit = sys.getsizeof(variable.value), self.settings.MAX_VARIABLE_SIZE
        if size > limit:
            from dify_runtime_sdk.workflow import WorkflowError

            raise WorkflowError(
                f"variable {variable.name!r} takes {size} bytes, more than the {limit} that are allowed",
                hint="set MAX_VARIABLE_SIZE",
            )
