"""Messages as the API wants them."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, Final

from dify_runtime_sdk.model_providers import FileSource
from dify_runtime_sdk.models import FilePart, Message
from dify_runtime_sdk.workflow.values import File, FileType

_SMALL: Final = 256 * 1024
"""Bytes that are encoded on the event loop; more takes milliseconds."""
_TYPES: Final = {
    FileType.IMAGE: "image/png",
    FileType.AUDIO: "audio/mpeg",
    FileType.VIDEO: "video/mp4",
    FileType.DOCUMENT: "application/pdf",
}
_AUDIO_FORMATS: Final = {"mpeg": "mp3", "mp3": "mp3", "wav": "wav", "x-wav": "wav", "wave": "wav"}


async def chat_messages(messages: Sequence[Message], files: FileSource) -> list[dict[str, Any]]:
    """The field `messages` of a chat."""
    return [await _message(message, files) for message in messages]


async def _message(message: Message, files: FileSource) -> dict[str, Any]:
    found: dict[str, Any] = {"role": message.role, "content": await _content(message, files)}
    if message.tool_calls:
        found["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
        found["content"] = found["content"] or None
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    return found


async def _content(message: Message, files: FileSource) -> str | list[dict[str, Any]]:
    if isinstance(message.content, str):
        return message.content
    return [
        {"type": "text", "text": part} if isinstance(part, str) else await _file(part, files)
        for part in message.content
    ]


async def _file(part: FilePart, files: FileSource) -> dict[str, Any]:
    file = part.file
    mime_type = file.mime_type or _TYPES.get(file.type, "application/octet-stream")
    if file.type is FileType.IMAGE:
        return {
            "type": "image_url",
            "image_url": {"url": await _address(file, mime_type, files), "detail": part.detail},
        }
    if file.type is FileType.VIDEO:
        return {"type": "video_url", "video_url": {"url": await _address(file, mime_type, files)}}
    if file.type is FileType.AUDIO:
        kind = mime_type.partition("/")[2]
        sound = {"data": await _encoded(file, files), "format": _AUDIO_FORMATS.get(kind, kind)}
        return {"type": "input_audio", "input_audio": sound}
    address = f"data:{mime_type};base64,{await _encoded(file, files)}"
    return {"type": "file", "file": {"filename": file.filename or "file", "file_data": address}}


async def _address(file: File, mime_type: str, files: FileSource) -> str:
    return await files.url(file) or f"data:{mime_type};base64,{await _encoded(file, files)}"


async def _encoded(file: File, files: FileSource) -> str:
    content = await files.read(file)
    if len(content) <= _SMALL:
        return base64.b64encode(content).decode()
    return (await asyncio.to_thread(base64.b64encode, content)).decode()


def completion_prompt(messages: Sequence[Message]) -> str:
    """The prompt of a model that completes one text: that of the messages, one after the other."""
    texts = []
    for message in messages:
        content = [message.content] if isinstance(message.content, str) else message.content
        texts.append("".join(part for part in content if isinstance(part, str)))
    return "\n".join(texts)
