"""The node `start`: hands the inputs of a run to the graph."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult

from .json_input import JsonInput
from .roots import system_variables

type InputType = Literal[
    "text-input", "select", "paragraph", "number", "external_data_tool", "file", "file-list", "checkbox", "json_object"
]


class StartVariable(BaseModel):
    """One field of the input form. Whoever starts a run checks its inputs; only JSON objects are checked here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    variable: str
    type: InputType
    label: str | None = None
    description: str | None = ""
    required: bool = False
    hide: bool = False
    default: Any = None
    max_length: int | None = None
    options: list[str] | None = None
    allowed_file_types: list[str] | None = None
    allowed_file_extensions: list[str] | None = None
    allowed_file_upload_methods: list[str] | None = None
    json_schema: dict[str, Any] | str | None = Field(None, description="JSON Schema, draft 7, for `json_object`.")


class StartConfig(NodeConfig):
    """The `data` of a start node."""

    variables: list[StartVariable] = Field(default_factory=list)


class StartNode(Node[StartConfig]):
    """Outputs: every user input, and every system variable as `sys.<name>`."""

    type = "start"
    kind = NodeKind.ROOT
    config_type = StartConfig

    def __init__(self, id: str, config: StartConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._json_inputs = tuple(
            JsonInput(one.variable, required=one.required, schema=one.json_schema)
            for one in config.variables
            if one.type == "json_object"
        )

    async def run(self, context: NodeContext) -> NodeResult:
        """Put out the inputs; JSON objects parsed and checked."""
        outputs = dict(context.inputs)
        for json_input in self._json_inputs:
            json_input.check(outputs)
        outputs.update(system_variables(context))
        return NodeResult(inputs=outputs, outputs=outputs)
