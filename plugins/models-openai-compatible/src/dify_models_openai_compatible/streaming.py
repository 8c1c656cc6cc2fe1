"""Text, from chats and completions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

import orjson

from dify_runtime_sdk.model_http import ModelHttp, read_out
from dify_runtime_sdk.model_providers import Generation
from dify_runtime_sdk.models import LanguageModelChunk

from .answers import Answer
from .bodies import chat_body, completion_body
from .presets import Preset
from .routes import route_of

type Connect = Callable[[], Awaitable[ModelHttp]]

_JSON = {"Content-Type": "application/json", "Accept": "text/event-stream"}


async def stream(connect: Connect, preset: Preset, call: Generation) -> AsyncIterator[LanguageModelChunk]:
    """The answer as it comes: in one piece where that was asked for, or the server does not stream.

    Raises `ModelError`.
    """
    access = call.access
    route = route_of(preset, access)
    if _completes(call):
        url, body = route.url("/completions"), completion_body(call, route.model)
    else:
        url, body = route.url("/chat/completions"), await chat_body(call, route.model)
    answer = Answer(access)
    http = await connect()
    async with http.open(
        access, "POST", url, content=orjson.dumps(body, default=str), headers={**_JSON, **route.headers}
    ) as response:
        if response.headers.get("content-type", "").startswith("application/json"):
            chunk = answer.read(await response.aread())
            answer.done = True
            if chunk is not None:
                yield chunk
        else:
            async with aclosing(http.events(access, response)) as batches:
                async for events in batches:
                    for event in events:
                        chunk = answer.read(event.data)
                        if chunk is not None:
                            yield chunk
                    if answer.done:
                        await read_out(batches)
                        break
    yield answer.last()


def _completes(call: Generation) -> bool:
    schema = call.access.schema
    mode = call.request.mode if schema is None or schema.customizable else schema.mode
    return mode == "completion"
