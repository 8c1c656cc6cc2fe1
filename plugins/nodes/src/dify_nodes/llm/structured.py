"""Structured output: answers of a given JSON Schema, from models that promise it and from models that do not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dify_runtime_sdk.models import LanguageModelSchema, Message, ModelFeature
from dify_runtime_sdk.workflow import NodeError

from ..models.lenient_json import find_object
from ..models.prompts import message_text
from ..models.thinking import separate
from .config import LlmConfig


def wanted_schema(config: LlmConfig) -> Mapping[str, Any] | None:
    """The JSON Schema that the answer must have, None where any answer will do; raises `NodeError` without one."""
    if not config.structured_output_enabled:
        return None
    if config.structured_output is None or not config.structured_output.json_schema:
        message = "Structured output is enabled and has no schema"
        raise NodeError(message, error_type="LLMNodeError", hint="add a schema, or switch structured output off")
    return config.structured_output.json_schema


def is_native(schema: LanguageModelSchema) -> bool:
    """Whether the model itself sees to the shape of its answer."""
    return ModelFeature.STRUCTURED_OUTPUT in schema.features


def instructed(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    """The prompt with the wanted shape described in its system message."""
    instruction = (
        "Answer with one JSON object that is valid under the following JSON Schema. "
        "Write nothing before or after it and no code fence.\n"
        f"{json.dumps(schema, ensure_ascii=False)}"
    )
    if messages and messages[0].role == "system":
        first = f"{message_text(messages[0])}\n\n{instruction}"
        return [Message(role="system", content=first), *messages[1:]]
    return [Message(role="system", content=instruction), *messages]


async def structured(text: str) -> dict[str, Any]:
    """The object that an answer holds; raises `NodeError` when there is none."""
    answer, _ = separate(text)
    value = await find_object(answer)
    if value is None:
        message = "The model's answer holds no JSON object, structured output asks for one"
        raise NodeError(message, error_type="OutputParserError", hint="describe the output in the prompt")
    return value
