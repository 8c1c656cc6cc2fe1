"""What the engine refuses or fails with; all below `WorkflowError`.

WorkflowError
├── GraphError          a graph cannot be built; holds every problem found
│   └── CycleError      its nodes depend on each other in a circle
├── JournalError        a journal cannot be written, read or continued from
└── CallDepthError      workflows call each other too deeply
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dify_runtime_sdk.workflow import WorkflowError


@dataclass(frozen=True, slots=True)
class GraphProblem:
    """One thing that is wrong with a graph: a stable code, what it is, and where."""

    code: str
    message: str
    node_id: str = ""
    title: str = ""
    field: str = ""

    def __str__(self) -> str:
        where = f"node {self.node_id!r}" if self.node_id else "graph"
        titled = f"{where} ({self.title})" if self.title else where
        return f"{titled}: {self.field}: {self.message}" if self.field else f"{titled}: {self.message}"


class GraphError(WorkflowError):
    """A graph cannot be built; `problems` holds everything that was found wrong."""

    code = "invalid_graph"

    def __init__(self, problems: Sequence[GraphProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("the graph cannot be built: " + "; ".join(map(str, self.problems)))


class CycleError(GraphError):
    """Nodes wait for each other in a circle, or containers hold each other; `cycle` names them in order."""

    code = "graph_cycle"

    def __init__(self, cycle: Sequence[str], problems: Sequence[GraphProblem] = ()) -> None:
        self.cycle = tuple(cycle)
        message = "the edges form a circle: " + " -> ".join((*cycle, cycle[0]))
        super().__init__((*problems, GraphProblem("CYCLE", message, cycle[0])))


class JournalError(WorkflowError):
    """A journal cannot be written, read or continued from."""

    code = "journal_failed"


class CallDepthError(WorkflowError):
    """Workflows call each other more deeply than `WORKFLOW_CALL_MAX_DEPTH` allows."""

    code = "call_depth_exceeded"
