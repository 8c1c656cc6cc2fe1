"""The node `template-transform`: a text from a Jinja template."""

from pydantic import Field

from dify_runtime_sdk.code import CodeError, TemplateRenderer
from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeError, NodeResult, to_json

from .bindings import Binding, bound, read
from .settings import NodesSettings


class TemplateTransformConfig(NodeConfig):
    """The `data` of a template-transform node."""

    variables: list[Binding] = Field(default_factory=list)
    template: str


class TemplateTransformNode(Node[TemplateTransformConfig]):
    """Output: `output`, the text."""

    type = "template-transform"
    config_type = TemplateTransformConfig

    def __init__(self, id: str, config: TemplateTransformConfig, *, settings: NodesSettings) -> None:  # noqa: A002 - as in files
        super().__init__(id, config)
        self._variables = bound(config.variables)
        self._max_length = settings.TEMPLATE_TRANSFORM_MAX_LENGTH

    async def run(self, context: NodeContext) -> NodeResult:
        """Render the template; files are objects there, what does not exist is null."""
        inputs = read(self._variables, context.variables)
        renderer = await context.services.get(TemplateRenderer)
        try:
            text = await renderer.render(self.config.template, to_json(inputs))
        except CodeError as error:
            raise NodeError(error.message, error_type="CodeExecutionError", hint=error.hint, inputs=inputs) from error
        if len(text) > self._max_length:
            message = f"Output length exceeds {self._max_length} characters"
            raise NodeError(message, error_type="WorkflowNodeError", inputs=inputs)
        return NodeResult(inputs=inputs, outputs={"output": text})
