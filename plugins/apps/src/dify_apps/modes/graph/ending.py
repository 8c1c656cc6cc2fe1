"""The end of a chatflow's answer: its row, its files, and the events after those of the graph."""

import re
from collections.abc import Mapping
from typing import Any, Final

from dify_runtime_sdk.workflow import to_json

from ...api import Caller, WireEvent, Write
from ..chat.conversations import dumped_metadata, end_of_message, file_row, file_writes, metadata_of
from .answering import Answer

_IMAGE: Final = re.compile(r"!\[.*?\]\(.*?\)")
BY_MODERATION: Final = "Stopped by output moderation."


async def last_look(answer: Answer) -> list[WireEvent]:
    """Have what is left of the answer judged; the events that follow the end of the graph."""
    events: list[WireEvent] = []
    answer.tell = events.append
    if answer.guard is not None:
        await answer.guard.look()
    return events


def written(message_id: str, answer: Answer, caller: Caller, *, cites: bool, **columns: Any) -> list[Write]:
    """The writes of an answer that was given; an image that is a file of the answer is not in its text too."""
    metadata = {**_metadata(answer, cites=cites), "annotation_reply": answer.annotation}
    files = [file_row(message_id, file, caller, belongs_to="assistant") for file in answer.files]
    message = end_of_message(
        message_id,
        _IMAGE.sub("", answer.text) if files else answer.text,
        answer.usage,
        message_metadata=dumped_metadata(metadata),
        provider_response_latency=answer.latency,
        **columns,
    )
    return [message, file_writes(files)] if files else [message]


def message_end(message_id: str, answer: Answer, *, cites: bool) -> WireEvent:
    """The event `message_end`. Of a chatflow it does not name the annotation that has answered."""
    metadata = dict(_metadata(answer, cites=cites))
    if answer.annotation is not None:
        del metadata["annotation_reply"]
    return {"event": "message_end", "id": message_id, "metadata": metadata, "files": to_json(list(answer.files))}


def _metadata(answer: Answer, *, cites: bool) -> Mapping[str, Any]:
    return metadata_of(answer.usage, answer.resources if cites else ())
