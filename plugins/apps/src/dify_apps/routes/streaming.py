"""Runs as answers: a stream of events, or one body."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from quart import Response

from dify_runtime_sdk.http import RequestContext

from ..api import LoggedEvent, RunReader, StartedRun

PING: Final = b"event: ping\n\n"
_TYPE: Final = "text/event-stream; charset=utf-8"
_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


async def answer(reader: StartedRun, *, streaming: bool) -> Any:
    """What a handler returns for a run: a stream, or the blocking body with its status."""
    if streaming:
        return event_stream(reader)
    blocking = await reader.answer()
    body = json.dumps(blocking.body)
    return Response(body, blocking.status, content_type="application/json; charset=utf-8")


def event_stream(reader: RunReader, *, after: str | None = None) -> Response:
    """The events of a run as a stream; the run goes on when the client leaves."""
    response = Response(_encoded(reader, after), 200, content_type=_TYPE)
    response.timeout = None
    return response


def last_event_id(context: RequestContext) -> str | None:
    """The id of the last event that a reconnecting client has."""
    value: str | None = context.request.headers.get("Last-Event-ID")
    return value


async def _encoded(reader: RunReader, after: str | None) -> AsyncIterator[bytes]:
    async with aclosing(reader.batches(after=after)) as batches:
        async for batch in batches:
            yield b"".join(map(encode, batch))


def encode(logged: LoggedEvent) -> bytes:
    """One event on the wire. Its id follows in a ping: known clients take all up to an empty line for the data."""
    if logged.event is None:
        return PING
    return f"data: {_to_json(logged.event)}\n\nevent: ping\nid: {logged.id}\n\n".encode()
