"""What drives the inside of a container: opens frames, and is told when they end."""

from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..state.execution import Execution
    from ..state.frame import Frame
    from ..state.machine import Machine
    from ..state.summary import Summary


class Driver(Protocol):
    """Runs the inside of one execution of a container; its methods are called by the machine alone."""

    def begin(self) -> None:
        """Open the first frames, or end at once; what it raises is the container's failure."""
        ...

    def frames(self) -> "Iterable[Frame]":
        """The frames that are open."""
        ...

    def frame_over(self, frame: "Frame") -> None:
        """Everything in `frame` has ended well."""
        ...

    def frame_failed(self, frame: "Frame", error: str) -> None:
        """A node in `frame` failed; nothing in it runs any more."""
        ...

    def restore(self, summary: "Summary") -> None:
        """Take an item as done without running it: a compacted journal says what it gave."""
        ...


class DrivenNode(Protocol):
    """A node of kind `container`."""

    def driver(self, machine: "Machine", execution: "Execution") -> Driver:
        """What runs the inside for one execution."""
        ...


def drive(machine: "Machine", execution: "Execution") -> Driver:
    """The driver of a container's execution."""
    return cast("DrivenNode", execution.node.node).driver(machine, execution)
