"""A model server that is down, refuses, breaks off, talks nonsense or falls silent: what clients and rows are told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select

import dify_apps
from dify_apps.tables.messages import MESSAGES
from dify_apps.tables.runs import RUNTIME_RUNS
from dify_apps.tables.workflows import WORKFLOW_RUNS
from dify_database import Database
from dify_runtime_sdk.testing import model_server as say
from tests.faults.app_files import MODES, body_of, path_of, write_apps

CHAT = "/v1/chat/completions"
BLOCKING = [mode for mode in MODES if mode != "agent-chat"]  # which does not answer without streaming


def chunk(text: str = "", **more: Any) -> dict[str, Any]:
    """One event of a stream of completions."""
    return {"choices": [{"delta": {"content": text}, "finish_reason": more.get("reason")}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}
GOOD = say.events(chunk("good "), chunk("answer", reason="stop"), USAGE)
HALF = say.events(chunk("half"), done=False)
MALFORMED = say.events(chunk("half"), b'{"choices": [{"del')
LONG_LINE = say.events(b'{"x":"' + b"a" * 10_000_000 + b'"}')


async def break_off(writer: asyncio.StreamWriter) -> None:
    """Half an event, and the connection is gone."""
    writer.write(say.STREAM_HEAD + say.piece(f"data: {json.dumps(chunk('half'))}\n\n".encode()) + b"20\r\nda")
    await writer.drain()


async def silence(writer: asyncio.StreamWriter) -> None:
    """One event, and nothing for ever."""
    writer.write(say.STREAM_HEAD + say.piece(f"data: {json.dumps(chunk('half'))}\n\n".encode()))
    await writer.drain()
    await asyncio.Event().wait()


FAULTS: dict[str, say.Say] = {
    "it is overloaded for good": say.error(429, "too many", retry_after="0"),
    "it is broken": say.error(500, "oops", retry_after="0"),
    "the stream ends half-way": HALF,
    "the connection breaks": break_off,
    "an event is malformed": MALFORMED,
    "a line has ten megabytes": LONG_LINE,
    "it falls silent": silence,
}


@dataclass
class Bench:
    """The apps of all modes with a model server, called as a customer does."""

    apps: dify_apps.Apps
    http: httpx.AsyncClient
    server: say.ModelServer

    async def ask(self, mode: str, *, streaming: bool) -> httpx.Response:
        """Run an app."""
        headers = {"Authorization": f"Bearer {await self.apps.key(mode)}"}
        return await self.http.post(f"/v1{path_of(mode)}", headers=headers, json=body_of(mode, streaming=streaming))

    async def events(self, mode: str) -> list[dict[str, Any]]:
        """The events of a run."""
        answer = await self.ask(mode, streaming=True)
        assert answer.status_code == 200
        lines = answer.text.splitlines()
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]

    async def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        """What is stored."""
        database = await self.apps.runtime.services.get(Database)
        query = select(*[table.c[name] for name in columns])
        return [tuple(row) for row in await database.read(lambda session: session.execute(query))]

    async def nothing_goes_on(self) -> None:
        """No run is held by anybody, no row says that one goes on."""
        assert set(await self.rows(RUNTIME_RUNS, "holder", "held_until")) <= {(None, None)}
        assert "running" not in {status for (status,) in await self.rows(WORKFLOW_RUNS, "status")}


@pytest.fixture
async def bench(here) -> AsyncIterator[Bench]:
    """A model server that answers well until told otherwise, and every app file."""
    settings = {"MODEL_READ_TIMEOUT": 0.3, "MODEL_MAX_RETRIES": 1, "OPENAI_API_KEY": "k-very-secret"}
    files = write_apps(here, provider="langgenius/openai/openai", model="gpt-4o-mini")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(say.model_server())
        server.says(CHAT, GOOD)
        settings["OPENAI_BASE_URL"] = f"{server.url}/v1"
        apps = await stack.enter_async_context(dify_apps.open(files, settings=settings, serving=True))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(apps.asgi), base_url="http://runtime.test", timeout=30)
        yield Bench(apps, await stack.enter_async_context(http), server)


def is_failure(events: list[dict[str, Any]]) -> bool:
    """Whether the last events tell a client that the run failed, and why."""
    last = events[-1]
    if last["event"] == "error":
        return bool(last["message"]) and last["status"] >= 400
    return last["event"] == "workflow_finished" and last["data"]["status"] == "failed" and bool(last["data"]["error"])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_in_the_stream_and_in_the_rows_and_passes(bench, fault):
    bench.server.says(CHAT, FAULTS[fault])
    told = {mode: await bench.events(mode) for mode in MODES}
    assert [mode for mode in MODES if not is_failure(told[mode])] == [], told
    assert set(await bench.rows(MESSAGES, "status")) == {("error",)}
    assert all(error for (error,) in await bench.rows(MESSAGES, "error"))
    assert set(await bench.rows(WORKFLOW_RUNS, "status")) == {("failed",)}
    await bench.nothing_goes_on()
    bench.server.says(CHAT, GOOD)
    assert "good answer" in json.dumps((await bench.ask("chat", streaming=False)).json())


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_an_error_answer_without_a_stream(bench, fault):
    bench.server.says(CHAT, FAULTS[fault])
    for mode in BLOCKING:
        answer = await bench.ask(mode, streaming=False)
        if mode == "workflow":  # the run is answered, and says itself that it failed
            assert (answer.status_code, answer.json()["data"]["status"]) == (200, "failed")
            assert answer.json()["data"]["error"]
        else:
            assert answer.status_code == 400, (mode, answer.text)
            assert answer.json()["message"]
    await bench.nothing_goes_on()


async def test_a_key_that_the_server_refuses_and_quotes_is_not_shown(bench):
    bench.server.says(CHAT, say.error(401, "the key k-very-secret is wrong"))
    refused = await bench.ask("chat", streaming=False)
    assert (refused.status_code, refused.json()["code"]) == (400, "completion_request_error")
    assert "k-very-secret" not in refused.text
    assert not any("k-very-secret" in error for (error,) in await bench.rows(MESSAGES, "error"))


async def test_a_server_that_is_down_is_told(here):
    files = write_apps(here, provider="langgenius/openai/openai", model="gpt-4o-mini")
    settings = {"OPENAI_API_KEY": "k-very-secret", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "MODEL_MAX_RETRIES": 0}
    async with dify_apps.open(files, settings=settings) as apps:
        for mode in ("chat", "advanced-chat", "agent-chat"):
            events = [event async for event in apps.chat(mode, "Hello")]
            assert is_failure(events), events
            assert "k-very-secret" not in json.dumps(events)


async def test_a_server_that_is_overloaded_for_a_moment_is_asked_again(bench):
    for mode in MODES:
        bench.server.says(CHAT, say.error(429, "too many", retry_after="0"), GOOD)
        events = await bench.events(mode)
        assert not is_failure(events), events
        assert "answer" in json.dumps(events)
    assert {status for (status,) in await bench.rows(MESSAGES, "status")} == {"normal"}


async def test_usage_that_is_kept_back_is_estimated(bench):
    bench.server.says(CHAT, say.events(chunk("good "), chunk("answer", reason="stop")))
    for mode in ("chat", "completion", "advanced-chat"):
        body = (await bench.ask(mode, streaming=False)).json()
        assert body["answer"] == "good answer"
        assert body["metadata"]["usage"]["total_tokens"] > 0, mode
