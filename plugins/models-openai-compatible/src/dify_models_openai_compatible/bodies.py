"""Bodies of requests for text."""

import json
from typing import Any

from dify_runtime_sdk.model_providers import Generation

from .contents import chat_messages, completion_prompt


async def chat_body(call: Generation, model: str) -> dict[str, Any]:
    """The body of a chat."""
    request = call.request
    body = _common(call, model)
    body["messages"] = await chat_messages(request.messages, call.files)
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": dict(one.parameters)},
            }
            for one in request.tools
        ]
    _shape(body, call)
    return body


def completion_body(call: Generation, model: str) -> dict[str, Any]:
    """The body of a completion."""
    body = _common(call, model)
    body["prompt"] = completion_prompt(call.request.messages)
    for name in ("response_format", "json_schema"):
        body.pop(name, None)
    return body


def _common(call: Generation, model: str) -> dict[str, Any]:
    request = call.request
    body: dict[str, Any] = {**request.parameters, "model": model, "stream": request.streaming}
    if request.streaming:
        body["stream_options"] = {"include_usage": True}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.user_id:
        body["user"] = request.user_id
    schema = call.access.schema
    if schema is not None and schema.properties.get("reasoning") and "max_tokens" in body:
        body["max_completion_tokens"] = body.pop("max_tokens")
    return body


def _shape(body: dict[str, Any], call: Generation) -> None:
    """Ask for JSON, as the request's schema or the parameters want it."""
    wanted, text = body.pop("response_format", None), body.pop("json_schema", None)
    if call.request.response_schema is not None:
        body["response_format"] = _by_schema(dict(call.request.response_schema))
    elif isinstance(wanted, dict):
        body["response_format"] = wanted
    elif wanted == "json_schema":
        body["response_format"] = _by_schema(_parsed(text))
    elif wanted in ("json_object", "JSON"):
        body["response_format"] = {"type": "json_object"}


def _by_schema(schema: dict[str, Any]) -> dict[str, Any]:
    described = schema if "schema" in schema else {"schema": schema}
    return {"type": "json_schema", "json_schema": {"name": "answer"} | described}


def _parsed(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"type": "object"}
