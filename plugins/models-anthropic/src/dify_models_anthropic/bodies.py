"""Requests as the Messages API wants them."""

import asyncio
import base64
import json
from typing import Any, Final

from dify_runtime_sdk.model_providers import FileSource, Generation
from dify_runtime_sdk.models import FilePart, Message, ModelRequestError
from dify_runtime_sdk.workflow.values import FileType

_SMALL: Final = 256 * 1024
"""Bytes that are encoded on the event loop; more takes milliseconds."""
_LONGEST: Final = 4096
"""Tokens of an answer where nobody says: the API wants a number."""
_KINDS: Final = {FileType.IMAGE: ("image", "image/png"), FileType.DOCUMENT: ("document", "application/pdf")}


async def body_of(call: Generation) -> dict[str, Any]:
    """The body of a streamed call; raises `ModelRequestError` for a file that the API does not take."""
    request = call.request
    parameters = dict(request.parameters)
    system = [_text(message) for message in request.messages if message.role == "system"]
    if request.response_schema is not None:
        system.append(_ask_for_json(dict(request.response_schema)))
    body: dict[str, Any] = {"model": call.access.model, "stream": True, "max_tokens": _LONGEST}
    thinking, budget = parameters.pop("thinking", None), parameters.pop("thinking_budget", None)
    if thinking:
        body["thinking"] = {"type": "enabled", "budget_tokens": budget or 1024}
        for name in ("temperature", "top_p", "top_k"):  # the API refuses them together with thinking
            parameters.pop(name, None)
    body |= parameters
    body["messages"] = await _conversation(request.messages, call.files)
    if system:
        body["system"] = "\n\n".join(system)
    if request.stop:
        body["stop_sequences"] = [one for one in request.stop if one.strip()]
    if request.user_id:
        body["metadata"] = {"user_id": request.user_id}
    if request.tools:
        body["tools"] = [
            {"name": one.name, "description": one.description, "input_schema": dict(one.parameters)}
            for one in request.tools
        ]
    return body


async def _conversation(messages: Any, files: FileSource) -> list[dict[str, Any]]:
    """Turns of user and assistant; neighbours of one role are one turn, as the API wants it."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        parts = await _parts(message, files)
        if not parts:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += parts
        else:
            turns.append({"role": role, "content": parts})
    return turns


async def _parts(message: Message, files: FileSource) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "content": _text(message)}]
    content = [message.content] if isinstance(message.content, str) else message.content
    parts = [
        {"type": "text", "text": part} if isinstance(part, str) else await _file(part, files)
        for part in content
        if part
    ]
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _arguments(call.arguments)}
        for call in message.tool_calls
    ]
    return parts + calls


async def _file(part: FilePart, files: FileSource) -> dict[str, Any]:
    file = part.file
    if file.type not in _KINDS:
        raise ModelRequestError(f"[anthropic] Bad Request Error, files of the type {file.type.value} are not taken")
    kind, usual = _KINDS[file.type]
    address = await files.url(file)
    if address is not None:
        return {"type": kind, "source": {"type": "url", "url": address}}
    content = await files.read(file)
    encode = base64.b64encode
    data = encode(content) if len(content) <= _SMALL else await asyncio.to_thread(encode, content)
    source = {"type": "base64", "media_type": file.mime_type or usual, "data": data.decode()}
    return {"type": kind, "source": source}


def _text(message: Message) -> str:
    content = [message.content] if isinstance(message.content, str) else message.content
    return "".join(part for part in content if isinstance(part, str))


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"arguments": text}


def _ask_for_json(schema: dict[str, Any]) -> str:
    described = schema.get("schema", schema)
    return f"Answer with one JSON value of this JSON Schema and nothing else:\n{json.dumps(described)}"
