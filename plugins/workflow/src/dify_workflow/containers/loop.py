"""The node types `loop`, `loop-start` and `loop-end`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult
from dify_runtime_sdk.workflow.conditions import Condition, ConditionSet, LogicalOperator

from .iteration import InnerStartConfig
from .loop_values import constant

if TYPE_CHECKING:
    from ..state.execution import Execution
    from ..state.machine import Machine
    from .driver import Driver

type LoopVariableType = Literal[
    "string",
    "number",
    "object",
    "boolean",
    "array[string]",
    "array[number]",
    "array[object]",
    "array[boolean]",
]


class LoopVariable(BaseModel):
    """A variable that the rounds of a loop share."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | None = None
    label: str
    var_type: LoopVariableType
    value_type: Literal["constant", "variable"]
    value: Any = Field(None, description="The first value, or the selector of it.")


class LoopConfig(NodeConfig):
    """Runs its inside a number of times, or until its conditions hold."""

    loop_count: int = Field(ge=0)
    break_conditions: list[Condition]
    logical_operator: LogicalOperator
    loop_variables: Sequence[LoopVariable] = ()
    start_node_id: str = Field(description="The inner node of type `loop-start`.")
    outputs: Mapping[str, Any] = Field(default_factory=dict)


class LoopNode(Node[LoopConfig]):
    """A container that repeats; the engine runs its inside."""

    type = "loop"
    kind = NodeKind.CONTAINER
    config_type = LoopConfig

    def __init__(self, id: str, config: LoopConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self.constants = {
            variable.label: constant(variable.label, variable.var_type, variable.value)
            for variable in config.loop_variables
            if variable.value_type == "constant"
        }
        """First values by label."""
        self.breaks = ConditionSet(config.break_conditions, config.logical_operator)

    @property
    def start_node_id(self) -> str:
        """The node that every round starts from."""
        return self.config.start_node_id

    def driver(self, machine: "Machine", execution: "Execution") -> "Driver":
        """What runs the rounds of one execution."""
        # the driver needs the machine, which needs the graph, which is built from node types
        from .rounds import LoopDriver

        return LoopDriver(machine, execution, self)


class LoopStartNode(Node[Any]):
    """Where a round starts; without events of its own."""

    type = "loop-start"
    config_type = InnerStartConfig

    async def run(self, context: NodeContext) -> NodeResult:
        """Give nothing."""
        return NodeResult()


class LoopEndNode(Node[Any]):
    """Reached: the loop ends with this round."""

    type = "loop-end"
    config_type = InnerStartConfig

    async def run(self, context: NodeContext) -> NodeResult:
        """Give nothing."""
        return NodeResult()
