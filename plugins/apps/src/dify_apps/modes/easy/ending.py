"""The end of an answer: its row, the last event, the answer for clients that do not stream."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ...api import BlockingAnswer, PreparedRun, WireEvent
from ..chat.conversations import dumped_metadata, end_of_message, metadata_of
from .answering import Answer
from .prompts import shown_prompt
from .speech import END as SPEECH_END
from .speech import Speaking
from .stopping import until_stopped
from .turns import EasyTurn, sees_all, turn_of

_SHOWN: Final = ("segment_id", "position", "document_name", "score", "content", "summary")
"""What web apps are told of a passage."""


async def finish(prepared: PreparedRun, answer: Answer, speaking: Speaking, *, reduced: bool = False) -> None:
    """Save the answer and tell its end; `reduced` leaves out what the caller is not told."""
    if answer.guard is not None:
        await answer.guard.look()
    turn = turn_of(prepared)
    features, request, output = turn.config.settings, prepared.request, answer.output
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
    output.record(row)
    told = simple_metadata(metadata) if reduced else metadata
    end: WireEvent = {"event": "message_end", "id": turn.message_id, "metadata": told, "files": None}
    if output.stopping is not None or not speaking.wanted(features, request):
        await output.end(end)
        return
    await output.committed()
    output.emit(end)
    async with until_stopped(output):
        async for event in speaking.events(features, request, answer.text):
            output.emit(event)
    await output.end(SPEECH_END)


def cited(turn: EasyTurn, answer: Answer) -> Sequence[Mapping[str, Any]]:
    """The passages that are shown; none where the app shows no sources."""
    return answer.resources if turn.config.settings.retriever_resource.enabled else ()


def blocking_answer(prepared: PreparedRun, mode: str, events: Sequence[WireEvent]) -> BlockingAnswer:
    """The whole answer in one body, made from the events."""
    turn = turn_of(prepared)
    end = next(event for event in reversed(events) if event["event"] == "message_end")
    metadata = dict(end["metadata"])
    if "usage" in metadata:
        metadata["usage"] = plain_prices(metadata["usage"])
    body: dict[str, Any] = {
        "event": "message",
        "task_id": prepared.task_id,
        "id": turn.message_id,
        "message_id": turn.message_id,
        **({"conversation_id": turn.turn.conversation_id} if "conversation_id" in prepared.shared else {}),
        "mode": mode,
        "answer": told_text(events),
        "metadata": metadata if sees_all(prepared.request) else simple_metadata(metadata),
        "created_at": turn.created_at,
    }
    return BlockingAnswer(body=body)


def told_text(events: Sequence[WireEvent]) -> str:
    """The text that a client has which followed the events."""
    texts: list[str] = []
    for event in events:
        if event["event"] == "message_replace":
            texts = [event["answer"]]
        elif event["event"] in {"message", "agent_message"}:
            texts.append(event["answer"])
    return "".join(texts)


def simple_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What web apps are told of an answer: neither its cost nor its annotation."""
    resources = metadata.get("retriever_resources") or ()
    return {"retriever_resources": [{name: one.get(name) for name in _SHOWN} for one in resources]}


def plain_prices(usage: Mapping[str, Any]) -> dict[str, Any]:
    """The cost with prices as plain decimals, never with an exponent: so they stand in bodies, unlike in events."""
    return {
        name: format(Decimal(value), "f") if isinstance(value, str) and "price" in name else value
        for name, value in usage.items()
    }
