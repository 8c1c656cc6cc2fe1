"""The node types `iteration` and `iteration-start`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult

if TYPE_CHECKING:
    from ..state.execution import Execution
    from ..state.machine import Machine
    from .driver import Driver

type ErrorMode = Literal["terminated", "continue-on-error", "remove-abnormal-output"]


class IterationConfig(NodeConfig):
    """Runs its inside once per item of a list."""

    iterator_selector: Sequence[str] = Field(min_length=2, description="The list.")
    output_selector: Sequence[str] = Field(min_length=2, description="What an item gives; null when it is not there.")
    start_node_id: str = Field(description="The inner node of type `iteration-start`.")
    is_parallel: bool = False
    parallel_nums: int = Field(10, ge=1, description="Items at a time, if parallel.")
    error_handle_mode: ErrorMode = "terminated"
    flatten_output: bool = Field(True, description="Join lists of lists, one level.")


class IterationNode(Node[IterationConfig]):
    """A container over the items of a list; the engine runs its inside."""

    type = "iteration"
    kind = NodeKind.CONTAINER
    config_type = IterationConfig

    @property
    def start_node_id(self) -> str:
        """The node that every item starts from."""
        return self.config.start_node_id

    def driver(self, machine: "Machine", execution: "Execution") -> "Driver":
        """What runs the items of one execution."""
        # the drivers need the machine, which needs the graph, which is built from node types
        from .items import IterationDriver
        from .parallel import ParallelDriver

        return (ParallelDriver if self.config.is_parallel else IterationDriver)(machine, execution, self)


class InnerStartConfig(NodeConfig):
    """The start of a container's inside; needs no title."""

    title: str = ""


class IterationStartNode(Node[Any]):
    """Where an item starts; without events of its own."""

    type = "iteration-start"
    config_type = InnerStartConfig

    async def run(self, context: NodeContext) -> NodeResult:
        """Give nothing."""
        return NodeResult()
