"""Streams of services are closed when a node stops reading them."""

import asyncio
from contextlib import suppress

import pytest

from dify_nodes.streams import closing
from dify_runtime_sdk.models import LanguageModelChunk
from dify_runtime_sdk.tools import TextMessage, VariableMessage
from dify_runtime_sdk.workflow import NodeError

LLM = {
    "type": "llm",
    "model": {"provider": "p", "name": "m"},
    "prompt_template": [{"role": "user", "text": "hi"}],
    "context": {"enabled": False},
}
TOOL = {"type": "tool", "provider_id": "p", "provider_type": "builtin", "tool_name": "t"}
AGENT = {"type": "agent", "agent_strategy_provider_name": "p", "agent_strategy_name": "s"}


class Endless:
    """A service that says one thing and then waits, and notes when its stream is closed."""

    def __init__(self, first, template):
        self.first = first
        self.schema = template.schema
        self.waiting = asyncio.Event()
        self.closed = False

    async def invoke(self, _call):
        try:
            yield self.first
            self.waiting.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


@pytest.mark.parametrize(
    ("kind", "data", "first"),
    [
        ("models", LLM, LanguageModelChunk(text="a")),
        ("tools", TOOL, TextMessage(text="a")),
        ("strategies", AGENT, TextMessage(text="a")),
    ],
)
async def test_a_cancelled_node_closes_its_stream(bench, make, kind, data, first):
    service = Endless(first, make(kind))
    task = asyncio.ensure_future(bench.offer(**{kind: service}).run(**data))
    await service.waiting.wait()

    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert (service.closed, bench.context.sent) == (True, [("text", "a")])


@pytest.mark.parametrize(("kind", "data"), [("tools", TOOL), ("strategies", AGENT)])
async def test_a_node_that_fails_on_a_message_closes_its_stream(bench, make, kind, data):
    service = Endless(VariableMessage(name="text", value="x"), make(kind))

    with pytest.raises(NodeError, match="reserved"):
        await bench.offer(**{kind: service}).run(**data)

    assert service.closed


async def test_an_iterator_that_cannot_be_closed_is_read_all_the_same():
    class Two:
        def __init__(self):
            self.left = [1, 2]

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    async with closing(Two()) as items:
        assert [item async for item in items] == [1, 2]
