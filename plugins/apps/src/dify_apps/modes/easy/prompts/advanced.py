"""Prompts of the type `advanced`: laid out by the author."""

from typing import TYPE_CHECKING, Final, Literal

from dify_runtime_sdk.models import Message

from ..config import EasyConfig
from .texts import transcript, with_files
from .variables import CONTEXT, HISTORIES, QUERY, filled, refers_to

if TYPE_CHECKING:
    from .building import PromptParts

_ROLES: Final[dict[str, Literal["system", "user", "assistant"]]] = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
}


def advanced_chat(config: EasyConfig, parts: "PromptParts") -> list[Message]:
    """The author's messages; the history stands before the question, which follows where they do not have it."""
    listed = config.settings.chat_prompt_config.prompt
    values = {**parts.inputs, QUERY: parts.query, CONTEXT: parts.context or "", HISTORIES: transcript(parts.history)}
    messages = [Message(role=_ROLES.get(one.role, "user"), content=filled(one.text, values)) for one in listed]
    told = any(refers_to(one.text, HISTORIES) for one in listed)
    history = [] if told else list(parts.history)
    asking = next((at for at, one in enumerate(listed) if refers_to(one.text, QUERY)), None)
    if asking is None and parts.query:
        return [*messages, *history, Message(role="user", content=with_files(parts.query, parts.files))]
    at = len(messages) if asking is None else asking
    return _with_files([*messages[:at], *history, *messages[at:]], parts)


def advanced_completion(config: EasyConfig, parts: "PromptParts") -> list[Message]:
    """The author's text."""
    prompt = config.settings.completion_prompt_config
    roles = prompt.conversation_histories_role
    histories = transcript(parts.history, roles.user_prefix, roles.assistant_prefix)
    values = {**parts.inputs, QUERY: parts.query, CONTEXT: parts.context or "", HISTORIES: histories}
    text = filled(prompt.prompt.text, values)
    return [Message(role="user", content=with_files(text, parts.files))]


def _with_files(messages: list[Message], parts: "PromptParts") -> list[Message]:
    """The prompt with the files in its last user message, or in one of their own."""
    if not parts.files:
        return messages
    for at in reversed(range(len(messages))):
        content = messages[at].content
        if messages[at].role == "user" and isinstance(content, str):
            messages[at] = Message(role="user", content=with_files(content, parts.files))
            return messages
    return [*messages, Message(role="user", content=list(parts.files))]
