"""A frame: one pass through a plan, of the whole run or of one item or round of a container."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..graph import Plan
from .usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from dify_runtime_sdk.workflow import Event

    from .execution import Execution
    from .pool import Pool
    from .sessions import Sessions


@dataclass(slots=True, eq=False)
class Group:
    """The events of one item of an iteration, and of everything in it; see the journal's `supersede`."""

    label: str
    events: int = 0
    steps: int = 0

    def add(self, inner: "Group") -> None:
        """Count what an inner group counted."""
        self.events += inner.events
        self.steps += inner.steps


@dataclass(slots=True)
class Place:
    """Where a frame is: what its events say of containers."""

    in_iteration_id: str | None = None
    in_loop_id: str | None = None
    iteration_index: int | None = None
    loop_index: int | None = None


TOP = Place()
NO_USAGE = Usage()
"""Of frames that count in the run's ledger."""


class Frame:
    """The state of one pass: which edges are decided, what runs, what it gave."""

    __slots__ = (
        "closed",
        "depth",
        "group",
        "ids",
        "live",
        "outputs",
        "owner",
        "place",
        "plan",
        "planned",
        "pool",
        "round",
        "running",
        "sessions",
        "sink",
        "skipped",
        "suspended",
        "taken",
        "unknown",
        "usage",
    )  # fmt: skip

    def __init__(self, plan: Plan, pool: "Pool", sink: "Callable[[Event], None]") -> None:
        self.plan = plan
        self.pool = pool
        self.sink = sink
        """Where its events go: to the run, or to the batch of a parallel item."""
        self.owner: Execution | None = None
        """The container's execution; None for the top."""
        self.depth = 0
        """Containers around it."""
        self.round = 0
        """Item or round of the container, from 0."""
        self.place = TOP
        self.group: Group | None = None
        self.unknown = list(plan.indegree)
        self.taken = bytearray(len(plan.nodes))
        self.skipped = bytearray(len(plan.nodes))
        self.running: dict[int, Execution] = {}
        self.live = 0
        """Nodes that are ready or running."""
        self.outputs: dict[str, Any] = {}
        self.sessions: Sessions | None = None
        self.planned: dict[int, str] = {}
        """Execution ids of responses that have streamed and not run yet, by node."""
        self.suspended: dict[int, Execution] = {}
        """Executions that wait for the run to go on after a pause, by node."""
        self.ids: dict[str, str] = {}
        """The last execution id of each node; kept where something streams."""
        self.closed = False
        self.usage = NO_USAGE
