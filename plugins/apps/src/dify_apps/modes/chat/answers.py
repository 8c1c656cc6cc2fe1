"""The answer of a turn in one body, for clients that do not stream; made from the events of those that do."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ...api import InvokeFrom, PreparedRun, RunRequest, WireEvent
from .conversations import metadata_of, no_usage

_FULL: Final = frozenset({InvokeFrom.SERVICE_API, InvokeFrom.DEBUGGER})
_SHOWN: Final = ("segment_id", "position", "document_name", "score", "content", "summary")
"""What web apps are told of a passage."""


def message_body(prepared: PreparedRun, mode: str, events: Sequence[WireEvent]) -> dict[str, Any]:
    """The whole answer, and what it cost; of an answer that waits for somebody, what there is of it."""
    end = next((event for event in reversed(events) if event["event"] == "message_end"), None)
    metadata = dict(metadata_of(no_usage()) if end is None else end["metadata"])
    if "usage" in metadata:
        metadata["usage"] = plain_prices(metadata["usage"])
    shared = prepared.shared
    return {
        "event": "message",
        "task_id": prepared.task_id,
        "id": shared["message_id"],
        "message_id": shared["message_id"],
        **({"conversation_id": shared["conversation_id"]} if "conversation_id" in shared else {}),
        "mode": mode,
        "answer": told_text(events),
        "metadata": metadata if sees_all(prepared.request) else simple_metadata(metadata),
        "created_at": shared["created_at"],
    }


def told_text(events: Sequence[WireEvent]) -> str:
    """The text that a client has which followed the events."""
    texts: list[str] = []
    for event in events:
        if event["event"] == "message_replace":
            texts = [event["answer"]]
        elif event["event"] in {"message", "agent_message"}:
            texts.append(event["answer"])
    return "".join(texts)


def sees_all(request: RunRequest) -> bool:
    """Whether the caller is told everything: what an answer cost, what nodes did; web apps are not."""
    return request.caller.invoke_from in _FULL


def simple_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What web apps are told of an answer: neither its cost nor its annotation."""
    resources = metadata.get("retriever_resources") or ()
    return {"retriever_resources": [{name: one.get(name) for name in _SHOWN} for one in resources]}


def distinct(resources: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The passages that an answer rests on: of each document the first, numbered from 1."""
    documents: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for one in resources:
        documents.setdefault((one.get("dataset_id"), one.get("document_id")), one)
    return [{**one, "position": at} for at, one in enumerate(documents.values(), start=1)]


def plain_prices(usage: Mapping[str, Any]) -> dict[str, Any]:
    """The cost with prices as plain decimals, never with an exponent: so they stand in bodies, unlike in events."""
    return {
        name: format(Decimal(value), "f") if isinstance(value, str) and "price" in name else value
        for name, value in usage.items()
    }
