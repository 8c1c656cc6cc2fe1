"""The extension points of the workflow engine, and the calls that interceptors may wrap."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..markers import hookspec
from ..runtime import Runtime
from .offers import NodeOffer

if TYPE_CHECKING:
    from .events import Event
    from .nodes import Node, NodeContext, RunInfo
    from .results import NodeResult, PauseReason


@dataclass(frozen=True, slots=True)
class RunCall:
    """One run of a graph, as interceptors see it: a call with a stream of `Event`."""

    run: "RunInfo"


@dataclass(frozen=True, slots=True)
class NodeCall:
    """One attempt of one node, as interceptors see it: a call that gives `NodeResult` or `PauseReason`."""

    node: "Node[Any]"
    context: "NodeContext"


type NodeOutcome = "NodeResult | PauseReason"


class RunObserver:
    """Is told every event of every run, in order, before the run's reader gets it. Subclass and override.

    What it raises is logged and goes no further: an observer never changes a run.
    """

    def observe(self, run: "RunInfo", event: "Event") -> None:
        """Take note of one event. Must not block: hand slow work to a queue."""


class WorkflowHooks:
    """Offered by the plugin `workflow`."""

    @hookspec
    def workflow_nodes(self, runtime: Runtime) -> Iterable[NodeOffer] | None:
        """Add node types; see `NodeOffer` and `Node`.

        When: once per boot, in every process, after all services are offered. A type and version that is taken is an
        error of the contributor. Name the classes by their import path: they are imported when a graph needs them, and
        a class that is missing or is not what its offer says is a `PluginError` then.
        """

    @hookspec
    def run_observers(self, runtime: Runtime) -> Iterable[RunObserver] | None:
        """Watch all runs; see `RunObserver`.

        When: once per boot, in every process.
        """
