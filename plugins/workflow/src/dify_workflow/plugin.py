"""The declaration of the plugin `workflow`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Command, Plugin, Runtime, Service, hookimpl
from dify_runtime_sdk.workflow import NodeOffer, RunObserver, WorkflowHooks

from .registry import NodeRegistry
from .settings import WorkflowSettings

if TYPE_CHECKING:
    from .engine import WorkflowEngine


class WorkflowPlugin(Plugin):
    """Owns the extension points `workflow_nodes` and `run_observers`; offers the service `WorkflowEngine`."""

    settings = WorkflowSettings

    def __init__(self) -> None:
        self._registry = NodeRegistry()
        self._observers: tuple[RunObserver, ...] = ()

    @hookimpl
    def extension_points(self) -> Iterable[type[Any]]:
        """Let others add node types and observers."""
        return [WorkflowHooks]

    @hookimpl
    def workflow_nodes(self) -> Iterable[NodeOffer]:
        """Offer the containers, which need the inside of the engine."""
        from .engine import container_offers  # a module that services import, too

        return container_offers()

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the engine."""
        from .engine import WorkflowEngine

        return [Service(WorkflowEngine, self._engine)]

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Add the commands."""
        return [
            Command("run", "dify_workflow.commands.run:run", "Run an exported workflow or chatflow once, here."),
            Command("validate", "dify_workflow.commands.validate:validate", "Check an app file."),
            Command("graph", "dify_workflow.commands.graph:graph", "Draw the graph of an app file."),
        ]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect the node types and the observers."""
        for plugin, offer in runtime.contributions("workflow_nodes"):
            self._registry.add(offer, owner=plugin)
        self._observers = tuple(observer for _, observer in runtime.contributions("run_observers"))

    def _engine(self, runtime: Runtime) -> "WorkflowEngine":
        from .engine import WorkflowEngine

        return WorkflowEngine(
            self._registry,
            services=runtime.services,
            observers=self._observers,
            interceptors=runtime.interceptors,
            settings=runtime.settings(WorkflowSettings),
        )
