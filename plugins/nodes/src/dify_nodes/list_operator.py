"""The node `list-operator`: filters, picks, sorts and cuts a list, in this order."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeResult, Template, Variables

from .list_filters import Filter, FilterCondition, ListOperatorError, element_kind
from .list_order import sort_key

__all__ = ["ListOperatorConfig", "ListOperatorError", "ListOperatorNode"]


class FilterBy(BaseModel):
    """Keeps the elements that satisfy every condition."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    enabled: bool = False
    conditions: list[FilterCondition] = Field(default_factory=list)


class ExtractBy(BaseModel):
    """Keeps the one element at a place."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    enabled: bool = False
    serial: str = Field("1", description="Counts from 1; a template.", coerce_numbers_to_str=True)


class OrderBy(BaseModel):
    """Sorts the elements; `key` is an attribute of files."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    enabled: bool = False
    key: str = ""
    value: Literal["asc", "desc"] = "asc"


class Limit(BaseModel):
    """Keeps the first elements."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    enabled: bool = False
    size: int = Field(-1, description="A negative size leaves out that many at the end.")


class ListOperatorConfig(NodeConfig):
    """The `data` of a list-operator node."""

    variable: list[str] = Field(default_factory=list)
    filter_by: FilterBy = FilterBy()
    extract_by: ExtractBy = ExtractBy()
    order_by: OrderBy = OrderBy()
    limit: Limit = Limit()


class ListOperatorNode(Node[ListOperatorConfig]):
    """Outputs: `result`, `first_record`, `last_record` (null when nothing is left)."""

    type = "list-operator"
    config_type = ListOperatorConfig

    def __init__(self, id: str, config: ListOperatorConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._selector = tuple(config.variable)
        self._filters = [Filter(one) for one in config.filter_by.conditions] if config.filter_by.enabled else []
        self._serial = Template.parse(config.extract_by.serial) if config.extract_by.enabled else None

    async def run(self, context: NodeContext) -> NodeResult:
        """Work on the list."""
        variables = context.variables
        items = self._items(variables)
        inputs = {"variable": items}
        try:
            result = self._worked(items, variables) if items else []
        except ListOperatorError as error:
            error.inputs = inputs
            raise
        outputs = {
            "result": result,
            "first_record": result[0] if result else None,
            "last_record": result[-1] if result else None,
        }
        return NodeResult(inputs=inputs, outputs=outputs)

    def _items(self, variables: Variables) -> list[Any]:
        if not variables.has(self._selector):
            raise ListOperatorError(f"Variable not found for selector: {list(self._selector)}")
        value = variables.get(self._selector)
        if not isinstance(value, list):
            raise ListOperatorError(f"Variable {list(self._selector)} is not an array, but {type(value).__name__}")
        return value

    def _worked(self, items: list[Any], variables: Variables) -> list[Any]:
        kind = element_kind(items)
        for one in self._filters:
            items = one.kept(items, kind, variables)
        if self._serial is not None:
            items = [_at(items, variables.render(self._serial))]
        if self.config.order_by.enabled:
            descending = self.config.order_by.value == "desc"
            items = sorted(items, key=sort_key(kind, self.config.order_by.key), reverse=descending)
        return items[: self.config.limit.size] if self.config.limit.enabled else items


def _at(items: list[Any], serial: str) -> Any:
    try:
        place = int(serial)
    except ValueError:
        raise ListOperatorError(f"Invalid serial {serial!r}: it must be a whole number") from None
    if not 1 <= place <= len(items):
        raise ListOperatorError(f"Invalid serial {place}: it must be between 1 and {len(items)}")
    return items[place - 1]
