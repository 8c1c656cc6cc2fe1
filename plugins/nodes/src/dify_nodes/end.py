"""The node `end`: the outputs of a workflow."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult, Selector

from .bindings import Binding, bound, read


def _lowered(value: Any) -> Any:
    return "any" if value is None else value.lower() if isinstance(value, str) else value


class EndOutput(Binding):
    """One output of the run."""

    value_type: Annotated[str, BeforeValidator(_lowered)] = Field(
        "any", description="For readers of the file: nothing is converted."
    )


class EndConfig(NodeConfig):
    """The `data` of an end node."""

    outputs: list[EndOutput] = Field(default_factory=list)


class EndNode(Node[EndConfig]):
    """Outputs: the declared ones; null where the variable does not exist."""

    type = "end"
    kind = NodeKind.RESPONSE
    config_type = EndConfig

    def __init__(self, id: str, config: EndConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._outputs = bound(config.outputs)

    async def run(self, context: NodeContext) -> NodeResult:
        """Read the outputs."""
        outputs = read(self._outputs, context.variables)
        return NodeResult(inputs=outputs, outputs=outputs)

    def response(self) -> list[str | Selector]:
        """The outputs, with a new line between them."""
        parts: list[str | Selector] = []
        for _, selector in self._outputs:
            if len(selector) > 1:  # a shorter one addresses nothing, ever
                parts += ["\n", selector] if parts else [selector]
        return parts
