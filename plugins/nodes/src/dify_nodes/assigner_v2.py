"""The node `assigner`: changes variables of the conversation or of a loop."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeResult, Selector, Variables, VariableType

from .operations import OPERATIONS, Operation
from .updates import AssignerError, target_type, updated_variables

_MISSING: Final = object()
_UNSUPPORTED: Final = (VariableType.FILE, VariableType.ARRAY_FILE, VariableType.NONE, VariableType.SECRET)


class AssignerItem(BaseModel):
    """One change; `value` is a selector when `input_type` is `variable`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    variable_selector: list[str]
    input_type: Literal["variable", "constant"]
    operation: Operation
    value: Any = None


class AssignerV2Config(NodeConfig):
    """The `data` of an assigner node, version 2."""

    items: list[AssignerItem] = Field(default_factory=list)


class AssignerV2Node(Node[AssignerV2Config]):
    """No outputs. The items are carried out in order, each on what the ones before it left."""

    type = "assigner"
    version = "2"
    config_type = AssignerV2Config

    def __init__(self, id: str, config: AssignerV2Config) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._items = tuple((tuple(item.variable_selector), item) for item in config.items)
        self._shown = [item.model_dump(mode="json") for item in config.items]

    async def run(self, context: NodeContext) -> NodeResult:
        """Carry out the items."""
        variables = context.variables
        written = [target for target, item in self._items if _carry_out(item, target, variables)]
        process_data: dict[str, Any] = {target[-1]: variables.get(target) for target in written}
        process_data["__updated_variables"] = updated_variables(variables, written)
        return NodeResult(inputs={"items": self._shown}, process_data=process_data)

    def writes(self) -> tuple[Selector, ...]:
        """The targets of all items."""
        return tuple(target for target, _ in self._items)


def _carry_out(item: AssignerItem, target: Selector, variables: Variables) -> bool:
    """Whether the variable was written: a source that holds null leaves it as it is."""
    kind = target_type(variables, target)
    operation = OPERATIONS[item.operation]
    if kind in _UNSUPPORTED or not operation.allows(kind, item.input_type):
        message = f"Operation {item.operation} is not supported for type {kind.value} with input {item.input_type}"
        raise AssignerError(f"{message}: {list(target)}")
    if not operation.takes_value:
        variables.assign(target, operation.apply(kind, variables.get(target), None))
        return True
    value = item.value if item.input_type == "constant" else _source(item, variables)
    if value is None and item.input_type == "variable":
        return False
    variables.assign(target, operation.apply(kind, variables.get(target), value))
    return True


def _source(item: AssignerItem, variables: Variables) -> Any:
    selector = tuple(item.value) if isinstance(item.value, list | tuple) else ()
    value = variables.get(selector, _MISSING) if len(selector) > 1 else _MISSING
    if value is _MISSING:
        raise AssignerError(f"variable {item.value} not found")
    return value
