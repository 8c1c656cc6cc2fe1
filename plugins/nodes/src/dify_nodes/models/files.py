"""Files in prompts: which ones a model can read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dify_runtime_sdk.models import FilePart, LanguageModelSchema, Message, ModelFeature
from dify_runtime_sdk.workflow import File, FileType, Variables

from .config import VisionConfig

_NEEDS: Final = {
    FileType.IMAGE: ModelFeature.VISION,
    FileType.DOCUMENT: ModelFeature.DOCUMENT,
    FileType.AUDIO: ModelFeature.AUDIO,
    FileType.VIDEO: ModelFeature.VIDEO,
}


def files_in(value: Any) -> Iterator[File]:
    """The files that a variable holds: itself, or items of a list."""
    if isinstance(value, File):
        yield value
    elif isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, File))


def seen_files(vision: VisionConfig, variables: Variables) -> list[File]:
    """The files that the field `vision` names; none when it is off or the variable is not there."""
    if not vision.enabled:
        return []
    return list(files_in(variables.get(vision.configs.variable_selector)))


def is_readable(file: File, schema: LanguageModelSchema) -> bool:
    """Whether the model takes files of this kind."""
    return _NEEDS.get(file.type) in schema.features


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files for a prompt, all of kinds that the model reads."""

    files: Sequence[File]
    detail: Any

    @classmethod
    def of(cls, files: Iterable[File], vision: VisionConfig, schema: LanguageModelSchema) -> "Attachments":
        """Those of `files` that the model reads."""
        return cls([file for file in files if is_readable(file, schema)], vision.configs.detail)

    def parts(self) -> list[FilePart]:
        """The files as parts of a message."""
        return [FilePart(file=file, detail=self.detail) for file in self.files]


def attach(messages: Sequence[Message], parts: Sequence[FilePart]) -> list[Message]:
    """The prompt with the files before the text of its last user message, or in one of their own."""
    attached = list(messages)
    if not parts:
        return attached
    for at in reversed(range(len(attached))):
        if attached[at].role == "user":
            attached[at] = Message(role="user", content=[*parts, *content_parts(attached[at])])
            return attached
    return [*attached, Message(role="user", content=list(parts))]


def content_parts(message: Message) -> list[str | FilePart]:
    """The content of a message as a list."""
    if isinstance(message.content, str):
        return [message.content] if message.content else []
    return list(message.content)


def readable(message: Message, schema: LanguageModelSchema) -> Message:
    """The message without the files that the model does not read."""
    if isinstance(message.content, str):
        return message
    kept = [part for part in message.content if isinstance(part, str) or is_readable(part.file, schema)]
    texts = [part for part in kept if isinstance(part, str)]
    content = "\n".join(texts) if len(texts) == len(kept) else kept
    return Message(role=message.role, content=content, tool_calls=message.tool_calls, tool_call_id=message.tool_call_id)
