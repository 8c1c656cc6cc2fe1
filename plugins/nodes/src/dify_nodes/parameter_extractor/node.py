"""The node `parameter-extractor`."""

from typing import Any

from dify_runtime_sdk.models import LanguageModelRequest
from dify_runtime_sdk.workflow import Node, NodeContext, NodeError, NodeResult, Template

from ..models.answers import ask, asked_and_answered, request_for, totals
from ..models.files import seen_files
from ..models.schemas import schema_of
from ..models.tasks import Setting
from .config import ParameterExtractorConfig
from .prompt import call_task, calls_functions, found, function, text_task
from .values import extraction


class ParameterExtractorNode(Node[ParameterExtractorConfig]):
    """Finds values in a text with the help of a model. Whatever the model answers, the node succeeds."""

    type = "parameter-extractor"
    config_type = ParameterExtractorConfig

    def __init__(self, id: str, config: ParameterExtractorConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._instruction = Template.parse(config.instruction)
        self._declared = [parameter.model_dump() for parameter in config.parameters]
        self._function = function(config.parameters)

    async def run(self, context: NodeContext) -> NodeResult:
        """Ask the model and check what it found; raises `NodeError` only when the model cannot be asked."""
        query = context.variables.text(self.config.query) or ""
        instruction = context.variables.render(self._instruction)
        files = seen_files(self.config.vision, context.variables)
        inputs = {"query": query, "files": files, "parameters": self._declared, "instruction": instruction}
        try:
            request = await self._request(query, instruction, context)
            answer = await ask(request, context)
        except NodeError as error:
            error.inputs = inputs
            raise
        result = extraction(self.config.parameters, await found(answer))
        verdict = {"__is_success": 0 if result.reason else 1, "__reason": result.reason}
        return NodeResult(
            outputs=verdict | {"__usage": answer.usage.to_json()} | dict(result.values),
            inputs=inputs,
            process_data=asked_and_answered(request, answer) | self._called(request, answer.tool_calls),
            metadata=totals(answer.usage),
        )

    async def _request(self, query: str, instruction: str, context: NodeContext) -> LanguageModelRequest:
        config = self.config
        schema = await schema_of(config.model, context) if config.reasoning_mode == "function_call" else None
        files = seen_files(config.vision, context.variables)
        setting = Setting(config.model, config.memory, config.vision, files, schema)
        if schema is not None and calls_functions(schema):
            messages = await setting.messages(call_task(query, instruction), context)
            return request_for(config.model, messages, context, tools=[self._function])
        messages = await setting.messages(text_task(query, instruction, config.parameters), context)
        return request_for(config.model, messages, context)

    def _called(self, request: LanguageModelRequest, calls: list[Any]) -> dict[str, Any]:
        """What the log tells of the function: what was offered, and how the model called it."""
        offered = self._function.parameters if request.tools else None
        call = {"name": calls[0].name, "arguments": calls[0].arguments} if calls else None
        return {"function": offered, "tool_call": call}
