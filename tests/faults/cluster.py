"""Hosts of a deployment: processes of `serve` with homes of their own, one Postgres, one Redis, one storage, nginx."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from dify_database.testing.postgres import PostgresServer
from plugins.tasks.tests.redis_server import RedisServer
from tests.deployment.names import NameServer
from tests.deployment.nginx import nginx
from tests.deployment.running import PATIENCE, Process, free_port, open_directory
from tests.faults.app_files import write_apps
from tests.faults.serving import GRAPHS, Address, Client, Stream, text_of
from tests.plugin_dir import write_plugin

PROCESS = "X-Process"
"""The header that says which process answers."""
WHO = '''
import os

from dify_runtime_sdk import Plugin, hookimpl


class One(Plugin):
    """Says in every answer which process gives it."""

    @hookimpl
    def asgi_middleware(self):
        return [_saying]


def _saying(app):
    async def saying(scope, receive, send):
        async def sends(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-process", str(os.getpid()).encode())]
            await send(message)

        await app(scope, receive, sends)

    return saying
'''


class Cluster:
    """What hosts share: `environ`, the keys of their apps, and the hosts; nothing runs yet."""

    def __init__(self, directory: Path, postgres: PostgresServer, redis: RedisServer, **settings: Any) -> None:
        self.directory = directory
        self._postgres = postgres
        self._database = postgres.create_database()
        site = directory / "site"
        write_plugin(site, "who", WHO)
        shared = {**postgres.settings(self._database), **redis.settings, **settings}
        self.environ = {
            **{name: value if isinstance(value, str) else json.dumps(value) for name, value in shared.items()},
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")])),
            "SECRET_KEY": "k" * 42,
            "STORAGE_LOCAL_PATH": str(directory / "storage"),
            "DIFY_PLUGINS_DENY": "models-offline",
            "RUN_HOLD_SECONDS": "4",
        }
        apps = self._made_ready()
        self.ids = {mode: one["app_id"] for mode, one in apps.items()}
        self.keys = {mode: one["key"] for mode, one in apps.items()}

    def _made_ready(self) -> dict[str, dict[str, str]]:
        """Tables, a workspace, and an app of each mode; what the import says, by mode."""
        files = write_apps(self.directory)
        self._command("db", "upgrade")
        self._command("setup", "--email", "ann@example.com", "--name", "Ann", "--password", "Passw0rd1")
        imported = json.loads(self._command("apps", "import", *(file.name for file in files), "--key", "--json"))
        return {file.stem: one for file, one in zip(files, imported, strict=True)}

    def _command(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "dify_runtime", *arguments]
        environ = self.environ | {"MODE": "job", "DIFY_RUNTIME_HOME": str(self.directory / "home")}
        done = subprocess.run(
            command, cwd=self.directory, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def host(self, name: str, address: str, port: int, *, workers: int) -> Process:
        """A host with a home of its own, not yet started."""
        home = self.directory / f"home-{name}"
        environ = self.environ | {"MODE": "api", "DIFY_RUNTIME_HOME": str(home), "DIFY_BIND_ADDRESS": address}
        command = [sys.executable, "-m", "dify_runtime", "serve", "--port", str(port), "--workers", str(workers)]
        return Process(self.directory / f"{name}.log", command, environ, self.directory)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        given = self._postgres.settings(self._database)
        connection = await asyncpg.connect(
            host=given["DB_HOST"],
            port=given["DB_PORT"],
            user=given["DB_USERNAME"],
            password=given["DB_PASSWORD"],
            database=given["DB_DATABASE"],
        )
        try:
            return [tuple(row.values()) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def outlived(self, client: Client, mode: str, stream: Stream, words: list[str], *, killed: bool) -> None:
        """Check a run whose process was killed or not, once it has ended.

        With a graph it went on elsewhere, and its reader gets exactly the rest; another one has a recorded error.
        """
        whole = [*stream.seen, *await client.rest(mode, stream.run_id, stream.seen[-1].id)]
        if mode in GRAPHS or not killed:
            assert [number for number, _ in whole] == list(range(1, len(whole) + 1))
            assert text_of(whole).split() == words
        else:
            found = await self.rows(f"SELECT status, error FROM messages WHERE id = '{stream.run_id}'")
            assert [(status, bool(error)) for status, error in found] == [("error", True)]

    async def nothing_goes_on(self) -> None:
        """Check that no row says that a run goes on."""
        assert await self.rows("SELECT count(*) FROM runtime_runs WHERE held_until IS NOT NULL") == [(0,)]
        assert await self.rows("SELECT count(*) FROM workflow_runs WHERE status = 'running'") == [(0,)]

    def drop(self) -> None:
        """Drop what is stored."""
        self._postgres.drop_database(self._database)


@contextmanager
def cluster(postgres: PostgresServer, **settings: Any) -> Iterator[tuple[Cluster, ExitStack]]:
    """A cluster without hosts yet; the stack ends what a test starts."""
    with ExitStack() as stack:
        directory = stack.enter_context(open_directory())
        redis = RedisServer(directory)
        stack.callback(redis.stop)
        redis.start()
        made = Cluster(directory, postgres, redis, **settings)
        stack.callback(made.drop)
        yield made, stack


def behind_nginx(stack: ExitStack, directory: Path, addresses: list[str], api_port: int) -> str:
    """nginx before hosts that have an address each and one port; its address."""
    names = stack.enter_context(NameServer(addresses))
    port = free_port()
    process = nginx(
        directory,
        NGINX_LISTEN=f"127.0.0.1:{port}",
        NGINX_API=f"http://api:{api_port}",
        NGINX_RESOLVER=names.address,
        NGINX_RESOLVE_INTERVAL="1s",
    )
    stack.callback(process.kill)
    process.start()
    process.wait_until_it_listens(port)
    return f"http://127.0.0.1:{port}"


@asynccontextmanager
async def client_of_another(address: Address, than: str) -> AsyncIterator[Client]:
    """A client whose one connection leads to another process than `than`."""
    for _ in range(200):
        async with address.client(connections=1) as client:
            if await process_of(client) != than:
                yield client
                return
    raise AssertionError("every connection led to one process")


async def process_of(client: Client) -> str:
    """The process that answers."""
    answer = await client.http.get("/info", headers=client.headers("workflow"))
    assert answer.status_code == 200, answer.text
    return answer.headers[PROCESS]
