"""What the model is asked, as a function to call or as a text, and how its answer is read."""

import json
from collections.abc import Sequence
from typing import Any, Final

from dify_runtime_sdk.models import FunctionTool, LanguageModelSchema, ModelFeature

from ..models.answers import Answer
from ..models.lenient_json import find_object
from ..models.tasks import Task
from ..models.thinking import separate
from .config import Parameter

FUNCTION: Final = "extract_parameters"
_TOOL_FEATURES: Final = frozenset((ModelFeature.TOOL_CALL, ModelFeature.MULTI_TOOL_CALL, ModelFeature.STREAM_TOOL_CALL))
_BY_CALL: Final = (
    f"You extract values from texts. Read the text, find the value of every parameter of the function {FUNCTION}, "
    "and call the function once with them. Leave out what the text does not say. Never make up a value."
)
_BY_TEXT: Final = (
    "You extract values from texts. Read the text and find the values that the JSON Schema describes. Answer with one "
    "JSON object that is valid under the schema, and nothing else. Leave out what the text does not say. Never make "
    "up a value."
)
_EXAMPLE_SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "number"}},
    "required": ["city"],
}


def calls_functions(schema: LanguageModelSchema) -> bool:
    """Whether the model knows function calls."""
    return bool(_TOOL_FEATURES & schema.features)


def schema_of_parameters(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The JSON Schema of an object with the parameters."""
    return {
        "type": "object",
        "properties": {parameter.name: _property(parameter) for parameter in parameters},
        "required": [parameter.name for parameter in parameters if parameter.required],
    }


def _property(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {"description": parameter.description}
    if parameter.type.startswith("array["):
        return described | {"type": "array", "items": {"type": parameter.type[len("array[") : -1]}}
    if parameter.type == "select":
        return described | {"type": "string"} | ({"enum": parameter.options} if parameter.options else {})
    return described | {"type": parameter.type}


def function(parameters: Sequence[Parameter]) -> FunctionTool:
    """The function to call with the values."""
    return FunctionTool(
        name=FUNCTION, description="Takes the values found in the text.", parameters=schema_of_parameters(parameters)
    )


def call_task(text: str, instruction: str) -> Task:
    """The task of a model that calls functions."""
    return Task(_advised(_BY_CALL, instruction), text)


def text_task(text: str, instruction: str, parameters: Sequence[Parameter]) -> Task:
    """The task of a model that only writes."""
    example = _question("We would like to stay in Oslo, for three days.", _EXAMPLE_SCHEMA)
    answer = json.dumps({"city": "Oslo", "days": 3})
    question = _question(text, schema_of_parameters(parameters))
    return Task(_advised(_BY_TEXT, instruction), question, [(example, answer)])


def _advised(task: str, instruction: str) -> str:
    return f"{task}\n\nFurther instructions:\n{instruction}" if instruction.strip() else task


def _question(text: str, schema: dict[str, Any]) -> str:
    return f"JSON Schema:\n{json.dumps(schema, ensure_ascii=False)}\n\nText:\n{text}"


async def found(answer: Answer) -> dict[str, Any] | None:
    """The values in the answer: in the function call, else in the text; None without a JSON object."""
    for call in answer.tool_calls:
        value = await find_object(call.arguments)
        if value is not None:
            return value
    text, _ = separate(answer.text)
    return await find_object(text)
