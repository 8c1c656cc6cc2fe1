"""What the server streams, as pieces of an answer."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from dify_runtime_sdk.model_http import message_in
from dify_runtime_sdk.model_providers import ModelAccess, vendor_error
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    ModelCredentialsError,
    ModelError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
    ModelUsage,
    ToolCall,
)

DONE = b"[DONE]"


@dataclass(slots=True)
class _Call:
    """A tool call of which pieces have come."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class Answer:
    """Reads the events of one answer; `done` says whether its end was seen."""

    def __init__(self, access: ModelAccess) -> None:
        self._access = access
        self._calls: dict[Any, _Call] = {}
        self._last_key: Any = None
        self._thinking = False
        self._usage: ModelUsage | None = None
        self._finish_reason: str | None = None
        self.done = False

    def read(self, data: bytes) -> LanguageModelChunk | None:
        """The piece that one event holds, None when it shows nothing; raises `ModelError`."""
        if data == DONE:
            self.done = True
            return None
        try:
            event = orjson.loads(data)
        except ValueError as error:
            raise vendor_error(ModelUnavailableError, self._access, "the server streams malformed JSON") from error
        if not isinstance(event, dict):
            raise vendor_error(ModelUnavailableError, self._access, "the server streams something else than objects")
        if event.get("error"):
            raise stream_error(self._access, event["error"])
        usage = event.get("usage")
        if usage:
            self._usage = usage_of(usage)
        choices = event.get("choices")
        return self._choice(choices[0]) if choices else None

    def last(self) -> LanguageModelChunk:
        """The end of the answer: tool calls, usage, reason; raises `ModelUnavailableError` if it broke off."""
        if not self.done and self._finish_reason is None:
            raise vendor_error(
                ModelUnavailableError, self._access, "the stream ended before the answer did", hint="try again"
            )
        return LanguageModelChunk(
            text=self._stop_thinking(),
            tool_calls=self._take_calls(),
            usage=self._usage,
            finish_reason=self._finish_reason or "stop",
        )

    def _choice(self, choice: dict[str, Any]) -> LanguageModelChunk | None:
        delta = choice.get("delta") or choice.get("message")
        if delta is None:  # a completion
            text = choice.get("text") or ""
        else:
            text = delta.get("content") or ""
            if type(text) is not str:
                text = _texts(text)
            thought = delta.get("reasoning_content") or delta.get("reasoning")
            if thought and isinstance(thought, str):
                text = self._thought(thought, text)
            elif text and self._thinking:
                text = self._stop_thinking() + text
            if delta.get("tool_calls"):
                text = self._stop_thinking() + text
                self._collect(delta["tool_calls"])
        reason = choice.get("finish_reason")
        if reason:
            self._finish_reason = reason
        return LanguageModelChunk(text=text) if text else None

    def _thought(self, thought: str, text: str) -> str:
        opening = "" if self._thinking else "<think>\n"
        self._thinking = True
        return opening + thought + (self._stop_thinking() + text if text else "")

    def _stop_thinking(self) -> str:
        if not self._thinking:
            return ""
        self._thinking = False
        return "\n</think>"

    def _collect(self, pieces: list[dict[str, Any]]) -> None:
        """Put pieces of tool calls together: by index, else by id, else to the call before."""
        for piece in pieces:
            key = piece.get("index")
            if key is None:
                key = piece.get("id") or self._last_key
            self._last_key = key
            call = self._calls.setdefault(key, _Call())
            function = piece.get("function") or {}
            call.id = piece.get("id") or call.id
            call.name = function.get("name") or call.name
            arguments = function.get("arguments")
            if arguments:
                call.arguments.append(arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode())

    def _take_calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(id=call.id or f"call_{place}", name=call.name, arguments="".join(call.arguments) or "{}")
            for place, call in enumerate(self._calls.values())
        )


def usage_of(usage: dict[str, Any]) -> ModelUsage:
    """The token counts of an answer."""
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    total = _count(usage, "total_tokens") or prompt + completion
    return ModelUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=total)


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) else 0


def _texts(parts: Any) -> str:
    """The text of a content that comes in parts."""
    if not isinstance(parts, list):
        return ""
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def stream_error(access: ModelAccess, error: Any) -> ModelError:
    """The error that an event means: the status was sent before it, so its words must do."""
    fields = error if isinstance(error, dict) else {}
    detail = message_in(orjson.dumps(error)) or "the server breaks the answer off"
    told = f"{fields.get('type')} {fields.get('code')} {fields.get('status')}".lower()
    kind: type[ModelError] = ModelUnavailableError
    if "rate_limit" in told or "429" in told or "quota" in told or "overloaded" in told:
        kind = ModelRateLimitError
    elif "auth" in told or "api_key" in told or "permission" in told or "401" in told or "403" in told:
        kind = ModelCredentialsError
    elif "invalid" in told or "400" in told:
        kind = ModelRequestError
    return vendor_error(kind, access, detail)
