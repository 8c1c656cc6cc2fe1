"""The guide to app modes does what it says."""

from dataclasses import replace

import pytest

from dify_apps import Generator
from dify_runtime_sdk.http import InvalidParam
from plugins.apps.tests.guide.echo_mode import EchoPlugin
from plugins.apps.tests.running import APP, ScriptedMode, plugins_with, request

ECHO = replace(APP, mode="echo")


@pytest.fixture
async def generator(runtime) -> Generator:
    booted = await runtime({**plugins_with(ScriptedMode()), "echo": EchoPlugin})
    return await booted.services.get(Generator)


async def test_an_app_of_the_mode_answers_both_kinds_of_clients(generator):
    blocking = await generator.generate(request(app=ECHO, query="one two"))
    assert (await blocking.answer()).body == {"event": "message", "answer": "one two "}
    streaming = await generator.generate(request(app=ECHO, query="one two", streaming=True))
    events = [logged.event async for logged in streaming.events()]
    assert [event["event"] for event in events] == ["message", "message", "message_end"]


async def test_what_it_refuses_is_the_answer(generator):
    with pytest.raises(InvalidParam, match="query is required"):
        await generator.generate(request(app=ECHO))
