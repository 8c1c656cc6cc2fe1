"""The end of an answer: its row, and the last event."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...api import PreparedRun, WireEvent
from ..chat.answers import simple_metadata
from ..chat.conversations import dumped_metadata, end_of_message, metadata_of
from ..speaking import Speaking
from .answering import Answer
from .prompts import shown_prompt
from .turns import EasyTurn, turn_of


async def finish(prepared: PreparedRun, answer: Answer, speaking: Speaking, *, reduced: bool = False) -> None:
    """Save the answer and tell its end; `reduced` leaves out what the caller is not told."""
    if answer.guard is not None:
        await answer.guard.look()
    turn = turn_of(prepared)
    usage = answer.usage
    metadata = {**metadata_of(usage, cited(turn, answer)), "annotation_reply": answer.annotation}
    row = end_of_message(
        turn.message_id,
        answer.text,
        usage,
        message=shown_prompt(answer.prompt),
        message_metadata=dumped_metadata(metadata),
        provider_response_latency=usage.latency,
    )
    answer.output.record(row)
    told = simple_metadata(metadata) if reduced else metadata
    end: WireEvent = {"event": "message_end", "id": turn.message_id, "metadata": told, "files": None}
    await speaking.end(answer.output, [end], turn.config.settings, prepared.request, answer.text)


def cited(turn: EasyTurn, answer: Answer) -> Sequence[Mapping[str, Any]]:
    """The passages that are shown; none where the app shows no sources."""
    return answer.resources if turn.config.settings.retriever_resource.enabled else ()
