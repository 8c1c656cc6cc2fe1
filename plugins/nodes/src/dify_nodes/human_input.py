"""The node `human-input`: pauses a run until somebody has decided."""

from typing import Any, Final

from pydantic import Field

from dify_runtime_sdk.workflow import (
    Node,
    NodeConfig,
    NodeContext,
    NodeKind,
    NodeResult,
    PauseReason,
    Selector,
    Variables,
)
from dify_runtime_sdk.workflow.results import DEFAULT_HANDLE

_HANDLE_KEYS: Final = (
    "edge_source_handle",
    "edgeSourceHandle",
    "source_handle",
    "sourceHandle",
    "selected_branch",
    "selectedBranch",
    "branch",
    "branch_id",
    "branchId",
    "handle",
)


class HumanInputConfig(NodeConfig):
    """The `data` of a human-input node."""

    required_variables: list[str] = Field(default_factory=list, description="As `node.variable`.")
    pause_reason: str | None = None


class HumanInputNode(Node[HumanInputConfig]):
    """Goes on when all required variables exist, by the branch that a variable of the node's own names."""

    type = "human-input"
    kind = NodeKind.BRANCH
    config_type = HumanInputConfig

    def __init__(self, id: str, config: HumanInputConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._required: tuple[Selector, ...] = tuple(tuple(one.split(".")) for one in config.required_variables)

    async def run(self, context: NodeContext) -> NodeResult | PauseReason:
        """Pause, or take the branch that was chosen."""
        variables = context.variables
        if not self._required or not all(variables.has(selector) for selector in self._required):
            return PauseReason(
                type="human_input_required",
                message=self.config.pause_reason or "",
                node_id=self.id,
                form_id=f"{self.id}_form",
            )
        inputs = {".".join(selector): variables.get(selector) for selector in self._required}
        return NodeResult(inputs=inputs, handle=self._handle(variables))

    def _handle(self, variables: Variables) -> str:
        chosen = [variables.get((self.id, key)) for key in _HANDLE_KEYS]
        defaults = {one.key: one.value for one in self.config.default_value or ()}
        candidates: list[Any] = [*chosen, *(defaults.get(key) for key in _HANDLE_KEYS)]
        return next((one for one in candidates if isinstance(one, str) and one), DEFAULT_HANDLE)
