"""The node `variable-aggregator`: joins branches into one variable."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeResult, Selector, Variables

_MISSING: Final = object()


class AggregatorGroup(BaseModel):
    """Selectors of which the first that exists becomes the output of the group."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    group_name: str
    variables: list[list[str]]
    output_type: str = "any"


class AggregatorSettings(BaseModel):
    """The switch between one output and groups."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    group_enabled: bool = False
    groups: list[AggregatorGroup] = Field(default_factory=list)


class VariableAggregatorConfig(NodeConfig):
    """The `data` of a variable-aggregator node."""

    variables: list[list[str]] = Field(default_factory=list)
    output_type: str = "any"
    advanced_settings: AggregatorSettings | None = None


type _Choice = tuple[tuple[Selector, str], ...]
"""Selectors, each with the name under which a log shows its value."""


class VariableAggregatorNode(Node[VariableAggregatorConfig]):
    """Outputs: `output`, or one object `{output}` per group; what does not exist is left out."""

    type = "variable-aggregator"
    config_type = VariableAggregatorConfig

    def __init__(self, id: str, config: VariableAggregatorConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        advanced = config.advanced_settings
        self._single = _choice(config.variables)
        self._groups: tuple[tuple[str, _Choice], ...] | None = None
        if advanced is not None and advanced.group_enabled:
            groups = advanced.groups
            self._groups = tuple((one.group_name, _choice(one.variables, f"{one.group_name}.")) for one in groups)

    async def run(self, context: NodeContext) -> NodeResult:
        """Take what exists."""
        inputs: dict[str, Any] = {}
        outputs: dict[str, Any] = {}
        if self._groups is None:
            value = _first(self._single, context.variables, inputs)
            if value is not _MISSING:
                outputs["output"] = value
            return NodeResult(inputs=inputs, outputs=outputs)
        for name, choice in self._groups:
            value = _first(choice, context.variables, inputs)
            if value is not _MISSING:
                outputs[name] = {"output": value}
        return NodeResult(inputs=inputs, outputs=outputs)


def _choice(selectors: Iterable[list[str]], prefix: str = "") -> _Choice:
    return tuple((tuple(selector), prefix + ".".join(selector[1:])) for selector in selectors)


def _first(choice: _Choice, variables: Variables, inputs: dict[str, Any]) -> Any:
    for selector, name in choice:
        value = variables.get(selector, _MISSING)
        if value is not _MISSING:
            inputs[name] = value
            return value
    return _MISSING
