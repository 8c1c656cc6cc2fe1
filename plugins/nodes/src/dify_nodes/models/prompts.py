"""Prompts: texts of messages, and what a log shows of them."""

from collections.abc import Sequence
from typing import Any

from dify_runtime_sdk.models import FilePart, Message
from dify_runtime_sdk.workflow import NodeError, Selector, Template, Variables

from .files import content_parts


def rendered(template: Template, variables: Variables) -> str:
    """The text of a template all of whose references have a value; raises `NodeError` for one that has none."""
    require(template.selectors, variables)
    return variables.render(template)


def require(selectors: Sequence[Selector], variables: Variables) -> None:
    """Raise `NodeError` for the first selector that leads to nothing."""
    for selector in selectors:
        if not variables.has(selector):
            raise missing_variable(selector)


def missing_variable(selector: Sequence[str]) -> NodeError:
    """The failure of a node that refers to a variable which is not there."""
    return NodeError(f"Variable {'.'.join(selector)} not found", error_type="VariableNotFoundError")


def message_text(message: Message) -> str:
    """The texts of a message, joined by newlines."""
    return "\n".join(part for part in content_parts(message) if isinstance(part, str))


def without_empty(messages: Sequence[Message]) -> list[Message]:
    """The messages that say something."""
    return [message for message in messages if _says_something(message)]


def _says_something(message: Message) -> bool:
    if message.tool_calls:
        return True
    return any(part.strip() if isinstance(part, str) else True for part in content_parts(message))


def shown(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """What a log shows of a prompt: role, text and files of each message."""
    return [
        {"role": message.role, "text": message_text(message), "files": [_shown_file(part) for part in _files(message)]}
        for message in messages
    ]


def _files(message: Message) -> list[FilePart]:
    return [part for part in content_parts(message) if isinstance(part, FilePart)]


def _shown_file(part: FilePart) -> dict[str, Any]:
    file = part.file
    link = file.url or file.remote_url or ""
    return {"type": file.type.value, "filename": file.filename, "data": link, "detail": part.detail}
