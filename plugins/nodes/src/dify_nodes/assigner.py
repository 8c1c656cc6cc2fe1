"""The node `assigner` of older files: writes one variable of the conversation or of a loop."""

from typing import Any, Final, Literal

from pydantic import Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeResult, Selector, Variables

from .operations import cleared
from .updates import AssignerError, target_type, updated_variables

_MISSING: Final = object()


class AssignerConfig(NodeConfig):
    """The `data` of an assigner node, version 1."""

    assigned_variable_selector: list[str]
    write_mode: Literal["over-write", "append", "clear"]
    input_variable_selector: list[str] = Field(default_factory=list, description="Not read by `clear`.")


class AssignerNode(Node[AssignerConfig]):
    """No outputs. Types are not checked."""

    type = "assigner"
    version = "1"
    config_type = AssignerConfig

    def __init__(self, id: str, config: AssignerConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._target: Selector = tuple(config.assigned_variable_selector)
        self._source: Selector = tuple(config.input_variable_selector)

    async def run(self, context: NodeContext) -> NodeResult:
        """Write the variable."""
        variables = context.variables
        target_type(variables, self._target)
        value = self._new_value(variables)
        variables.assign(self._target, value)
        return NodeResult(
            inputs={"value": value},
            process_data={"__updated_variables": updated_variables(variables, [self._target])},
        )

    def _new_value(self, variables: Variables) -> Any:
        if self.config.write_mode == "clear":
            return cleared(target_type(variables, self._target), variables.get(self._target))
        source = variables.get(self._source, _MISSING)
        if source is _MISSING:
            raise AssignerError(f"input value not found: {list(self._source)}")
        if self.config.write_mode == "over-write":
            return source
        current = variables.get(self._target)
        if not isinstance(current, list):
            raise AssignerError(f"cannot append to {list(self._target)}: it is no array")
        return [*current, source]

    def writes(self) -> tuple[Selector, ...]:
        """The variable."""
        return (self._target,)
