"""A NATS server with JetStream from a wheel, brokers on it, and a journal of what tasks did."""

import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dify_tasks_nats.broker import JetStreamBroker
from dify_tasks_nats.connection import Connection
from dify_tasks_nats.settings import NatsSettings
from plugins.tasks.tests.jobs import Journal

_START = 20.0


class NatsServer:
    """A server that keeps its port from start to start; `kill` it to see what happens."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._directory = directory
        self._options = options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that mean this server."""
        return {"TASK_BROKER": "nats", "TASK_NATS_URL": f"nats://127.0.0.1:{self.port}"}

    def start(self) -> None:
        """Start, with the data it had, and return when it answers."""
        program = Path(sysconfig.get_path("scripts")) / "nats-server"
        where = ("--addr", "127.0.0.1", "--port", str(self.port), "--jetstream", "--store_dir", str(self._directory))
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen([program, *where, *self._options], stdout=log, stderr=log)
        until = time.monotonic() + _START
        while not self._greets():
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self._directory / "log").read_text()[-2000:])
            time.sleep(0.02)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    def kill(self) -> None:
        """End at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Delete the data of a server that is down."""
        (self._directory / "jetstream").rename(self._directory / "forgotten")

    def stop(self) -> None:
        """End it."""
        self.kill()


type Connect = Callable[..., AbstractAsyncContextManager[JetStreamBroker]]


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A server of the test's own: a test may kill it."""
    directory = tmp_path_factory.mktemp("nats")
    server = NatsServer(directory)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture
def connect(nats_server: NatsServer) -> Connect:
    """Connect brokers to the server, with these settings besides."""

    @asynccontextmanager
    async def connect(idle: float = 2.0, **settings: object) -> AsyncIterator[JetStreamBroker]:
        given = NatsSettings.model_validate({**nats_server.settings, **settings})
        broker = JetStreamBroker(Connection(given), given, idle=idle)
        yield broker
        await broker.close()

    return connect
