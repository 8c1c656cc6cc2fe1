"""What the Messages API streams, as pieces of an answer."""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from dify_runtime_sdk.model_providers import ModelAccess, vendor_error
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
    ModelUsage,
    ToolCall,
)

_ERRORS: Final[dict[str, type[ModelError]]] = {
    "authentication_error": ModelCredentialsError,
    "permission_error": ModelCredentialsError,
    "rate_limit_error": ModelRateLimitError,
    "overloaded_error": ModelUnavailableError,
    "invalid_request_error": ModelRequestError,
    "request_too_large": ModelRequestError,
    "not_found_error": ModelNotFoundError,
}
_REASONS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


@dataclass(slots=True)
class _Tool:
    """A tool call of which pieces have come."""

    id: str
    name: str
    arguments: list[str] = field(default_factory=list)


class Answer:
    """Reads the events of one answer; `done` says whether its end was seen."""

    def __init__(self, access: ModelAccess) -> None:
        self._access = access
        self._tools: dict[int, _Tool] = {}
        self._thinking = False
        self._prompt = 0
        self._completion = 0
        self._reason: str | None = None
        self.done = False

    def read(self, data: bytes) -> LanguageModelChunk | None:
        """The piece that one event holds, None when it shows nothing; raises `ModelError`."""
        try:
            event = orjson.loads(data)
            text = self._event(event)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise vendor_error(ModelUnavailableError, self._access, "the server streams malformed JSON") from error
        return LanguageModelChunk(text=text) if text else None

    def last(self) -> LanguageModelChunk:
        """The end of the answer; raises `ModelUnavailableError` if it broke off."""
        if not self.done:
            raise vendor_error(
                ModelUnavailableError, self._access, "the stream ended before the answer did", hint="try again"
            )
        calls = tuple(
            ToolCall(id=one.id, name=one.name, arguments="".join(one.arguments) or "{}") for one in self._tools.values()
        )
        total = self._prompt + self._completion
        usage = ModelUsage(prompt_tokens=self._prompt, completion_tokens=self._completion, total_tokens=total)
        return LanguageModelChunk(
            text=self._stop_thinking(),
            tool_calls=calls,
            usage=usage if total else None,
            finish_reason=_REASONS.get(self._reason or "", self._reason) or "stop",
        )

    def _event(self, event: dict[str, Any]) -> str:
        """What the event shows."""
        match event["type"]:
            case "content_block_delta":
                return self._delta(event["index"], event["delta"])
            case "content_block_start":
                return self._block(event["index"], event["content_block"])
            case "message_start":
                self._count(event["message"].get("usage") or {})
            case "message_delta":
                self._reason = event["delta"].get("stop_reason") or self._reason
                self._count(event.get("usage") or {})
            case "message_stop":
                self.done = True
            case "error":
                raise stream_error(self._access, event.get("error") or {})
        return ""

    def _delta(self, index: int, delta: dict[str, Any]) -> str:
        match delta["type"]:
            case "text_delta":
                return self._stop_thinking() + str(delta["text"])
            case "thinking_delta":
                opening = "" if self._thinking else "<think>\n"
                self._thinking = True
                return opening + str(delta["thinking"])
            case "input_json_delta":
                self._tools[index].arguments.append(delta["partial_json"])
        return ""

    def _block(self, index: int, block: dict[str, Any]) -> str:
        if block["type"] == "tool_use":
            self._tools[index] = _Tool(block["id"], block["name"])
            return self._stop_thinking()
        return str(block["text"]) if block.get("text") else ""

    def _count(self, usage: dict[str, Any]) -> None:
        names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        self._prompt = sum(usage.get(name) or 0 for name in names) or self._prompt
        self._completion = usage.get("output_tokens") or self._completion

    def _stop_thinking(self) -> str:
        if not self._thinking:
            return ""
        self._thinking = False
        return "\n</think>"


def stream_error(access: ModelAccess, error: dict[str, Any]) -> ModelError:
    """The error that an event means."""
    kind = _ERRORS.get(str(error.get("type")), ModelUnavailableError)
    return vendor_error(kind, access, str(error.get("message") or "the server breaks the answer off"))
