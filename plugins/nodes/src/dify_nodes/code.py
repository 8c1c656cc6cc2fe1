"""The node `code`: a function `main` in Python or JavaScript."""

from typing import Any

from pydantic import Field

from dify_runtime_sdk.code import CodeCall, CodeError, CodeExecutor, CodeLanguage
from dify_runtime_sdk.workflow import File, Node, NodeConfig, NodeContext, NodeError, NodeResult, VariableType, to_json

from .bindings import Binding, bound
from .code_outputs import CodeLimits, OutputField, checked_result
from .settings import NodesSettings


class CodeConfig(NodeConfig):
    """The `data` of a code node."""

    variables: list[Binding] = Field(default_factory=list)
    code_language: CodeLanguage
    code: str
    outputs: dict[str, OutputField] = Field(default_factory=dict)
    dependencies: list[Any] | None = Field(None, description="Ignored.")


class CodeNode(Node[CodeConfig]):
    """Outputs: the declared ones, each checked against its type and the limits."""

    type = "code"
    retryable = True
    config_type = CodeConfig

    def __init__(self, id: str, config: CodeConfig, *, settings: NodesSettings) -> None:  # noqa: A002 - as in files
        super().__init__(id, config)
        self._variables = bound(config.variables)
        self._limits = CodeLimits.of(settings)

    async def run(self, context: NodeContext) -> NodeResult:
        """Call `main` and check what it returns."""
        inputs = self._inputs(context)
        executor = await context.services.get(CodeExecutor)
        call = CodeCall(self.config.code_language, self.config.code, to_json(inputs))
        try:
            result = await executor.run(call)
            outputs = checked_result(result, self.config.outputs, self._limits)
        except CodeError as error:
            raise NodeError(error.message, error_type="CodeExecutionError", hint=error.hint, inputs=inputs) from error
        except NodeError as error:
            error.inputs = inputs
            raise
        return NodeResult(inputs=inputs, outputs=outputs)

    def _inputs(self, context: NodeContext) -> dict[str, Any]:
        return {name: _input(context, selector) for name, selector in self._variables}


def _input(context: NodeContext, selector: tuple[str, ...]) -> Any:
    """The value; an empty list of files is null."""
    value = context.variables.get(selector)
    if value == [] and not isinstance(value, File) and context.variables.type_of(selector) is VariableType.ARRAY_FILE:
        return None
    return value
