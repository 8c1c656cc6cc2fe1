"""The node `llm`."""

from collections.abc import Mapping, Sequence
from typing import Any

from dify_runtime_sdk.models import LanguageModelRequest
from dify_runtime_sdk.workflow import File, Node, NodeContext, NodeError, NodeResult

from ..models.answers import Answer, ask, asked_and_answered, request_for, totals
from ..models.schemas import schema_of
from ..models.thinking import separate
from .config import LlmConfig
from .context import knowledge_of, tell
from .prompt import Prompt, PromptBuilder
from .structured import instructed, is_native, structured, wanted_schema


class LlmNode(Node[LlmConfig]):
    """Asks a language model and streams its answer as `text`."""

    type = "llm"
    retryable = True
    config_type = LlmConfig

    def __init__(self, id: str, config: LlmConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._prompts = PromptBuilder(config)

    async def run(self, context: NodeContext) -> NodeResult:
        """Build the prompt, call the model, stream; raises `NodeError`."""
        knowledge = knowledge_of(self.config.context, context.variables)
        tell(knowledge, context)
        inputs: dict[str, Any] = {} if knowledge is None else {"#context#": knowledge.text}
        try:
            prompt = await self._prompts.build(context, knowledge)
            inputs |= _file_inputs(prompt.files)
            request = await self._request(prompt, context)
            answer = await ask(request, context, on_text=context.send)
            context.finish()
            outputs = await self._outputs(request, answer)
        except NodeError as error:
            error.inputs = inputs
            raise
        return NodeResult(
            outputs=outputs,
            inputs=inputs,
            process_data=asked_and_answered(request, answer),
            metadata=totals(answer.usage),
        )

    async def _request(self, prompt: Prompt, context: NodeContext) -> LanguageModelRequest:
        model, schema = self.config.model, wanted_schema(self.config)
        if schema is None:
            return request_for(model, prompt.messages, context)
        if is_native(await schema_of(model, context)):
            return request_for(model, prompt.messages, context, response_schema=schema)
        return request_for(model, instructed(prompt.messages, schema), context)

    async def _outputs(self, request: LanguageModelRequest, answer: Answer) -> Mapping[str, Any]:
        text, reasoning = answer.text, ""
        if self.config.reasoning_format == "separated":
            text, reasoning = separate(text)
        outputs: dict[str, Any] = {
            "text": text,
            "reasoning_content": reasoning,
            "usage": answer.usage.to_json(),
            "finish_reason": answer.finish_reason,
        }
        if self.config.structured_output_enabled:
            try:
                outputs["structured_output"] = await structured(answer.text)
            except NodeError as error:
                error.process_data = asked_and_answered(request, answer)
                error.metadata = totals(answer.usage)
                raise
        if answer.files:
            outputs["files"] = answer.files
        return outputs


def _file_inputs(files: Sequence[File]) -> dict[str, Any]:
    return {"#files#": list(files)} if files else {}
