"""`dify-runtime serve` with an app of each mode in a process of its own, and clients of it."""

import json
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

from tests.deployment.running import Process
from tests.faults.app_files import MODES, body_of, path_of, write_apps

SECONDS = 60.0
"""Seconds after which what does not happen has failed the test."""
GRAPHS = frozenset({"workflow", "advanced-chat"})
"""The modes whose runs go on in another process."""


class Told(NamedTuple):
    """An event with its id."""

    id: int
    event: dict[str, Any]


@dataclass(frozen=True)
class Address:
    """Where apps are served, and their keys by mode."""

    url: str
    keys: dict[str, str]

    @asynccontextmanager
    async def client(self, connections: int | None = None) -> "AsyncIterator[Client]":
        """A client, for the time of a block; of that many connections at most."""
        limits = httpx.Limits(max_connections=connections)
        async with httpx.AsyncClient(
            base_url=f"{self.url}/v1", timeout=SECONDS, trust_env=False, limits=limits
        ) as http:
            yield Client(http, self.keys)


@dataclass(frozen=True)
class Client:
    """The program of a customer."""

    http: httpx.AsyncClient
    keys: dict[str, str]

    def headers(self, mode: str) -> dict[str, str]:
        """What opens an app."""
        return {"Authorization": f"Bearer {self.keys[mode]}"}

    async def post(self, mode: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """Ask for something of an app."""
        return await self.http.post(path, headers=self.headers(mode), json=body)

    @asynccontextmanager
    async def run(self, mode: str, **more: Any) -> AsyncIterator["Stream"]:
        """A run, streamed; the connection is cut where the block ends."""
        request = self.http.stream("POST", path_of(mode), headers=self.headers(mode), json=body_of(mode, **more))
        async with request as response:
            assert response.status_code == 200, await response.aread()
            async with aclosing(told(response)) as events:
                yield Stream(response, events)

    async def rest(self, mode: str, run_id: str, after: int | None) -> list[Told]:
        """The events of a run after the `after`-th, to its end."""
        headers = self.headers(mode) | ({} if after is None else {"Last-Event-ID": str(after)})
        path = f"/workflow/{run_id}/events"
        async with self.http.stream("GET", path, headers=headers, params={"user": "bob"}) as response:
            assert response.status_code == 200, await response.aread()
            return [one async for one in told(response)]


class Stream:
    """The events of a run, as they come; `seen` are those that came, `process` who sends them, if they say it."""

    def __init__(self, response: httpx.Response, events: AsyncIterator[Told]) -> None:
        self._events = events
        self.process = response.headers.get("X-Process", "")
        self.seen: list[Told] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Told:
        self.seen.append(await anext(self._events))
        return self.seen[-1]

    async def read(self) -> None:
        """Read until the end, or until the server is gone."""
        with suppress(httpx.TransportError, StopAsyncIteration):
            while True:
                await anext(self)

    async def until_text(self) -> None:
        """Read until the answer has begun."""
        while not text_of(self.seen):
            await anext(self)

    @property
    def run_id(self) -> str:
        """The id by which the events of the run are read again."""
        return run_id_of(self.seen[0].event)

    @property
    def task_id(self) -> str:
        """The id by which the run is stopped."""
        return str(self.seen[0].event["task_id"])


async def told(response: httpx.Response) -> AsyncIterator[Told]:
    """The events as they come. An event's id follows it."""
    event: dict[str, Any] = {}
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
        elif line.startswith("id: "):
            yield Told(int(line.removeprefix("id: ")), event)


def run_id_of(event: dict[str, Any]) -> str:
    """The id by which the events of a run are read again."""
    return str(event.get("workflow_run_id") or event["message_id"])


def text_of(events: list[Told]) -> str:
    """The answer that a client has which followed the events."""
    texts = []
    for _, event in events:
        if event["event"] in ("message", "agent_message"):
            texts.append(event["answer"])
        elif event["event"] == "text_chunk":
            texts.append(event["data"]["text"])
    return "".join(texts)


class Server:
    """The embedded default on a home of its own; started again after `kill` it is the same one."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self._directory = directory
        home = directory / "home"
        self.database = home / "dify.db"
        environ = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        environ |= {"DIFY_RUNTIME_HOME": str(home), "DIFY_PLUGINS_DENY": "models-offline", "RUN_HOLD_SECONDS": "4"}
        environ |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}
        files = [file.name for file in write_apps(directory)]
        command = [sys.executable, "-m", "dify_runtime", "serve", *files, "--port", "0"]
        self._process = Process(directory / "serve.log", command, environ, directory)
        self._said = 0

    def start(self) -> Address:
        """Start it; where it is found."""
        self._process.start()
        self._process.wait_until(lambda: len(self._served()) == len(MODES), "all apps are served")
        served = self._served()
        self._said = len(self._process.said)
        url = next(iter(served.values()))[0]
        return Address(url, {mode: key for mode, (_, key) in served.items()})

    def _served(self) -> dict[str, tuple[str, str]]:
        """Address and key by mode, as the banner has them since the last start."""
        found = re.findall(r"^(\S+)\.yml .*(http://\S+)/v1\s+key (\S+)", self._process.said[self._said :], re.MULTILINE)
        return {mode: (url, key) for mode, url, key in found}

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        return self._process.stop()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(query).fetchall()
