"""The topology of the compose file without containers: its processes, its configuration, servers from wheels."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from dify_database.testing.postgres import PostgresServer
from plugins.tasks.tests.redis_server import RedisServer
from tests.deployment.compose import allowed, environment
from tests.deployment.names import NameServer
from tests.deployment.nginx import nginx
from tests.deployment.plugin import CODE
from tests.deployment.running import PATIENCE, Process, free_port, open_directory
from tests.plugin_dir import write_plugin

API_HOSTS = ("127.0.0.2", "127.0.0.3")
"""As with containers, API processes have an address each, and one port."""
READY = {"api": "ready at", "worker": "worker ready", "scheduler": "scheduler ready"}


class Topology:
    """Two of each process, and what they need; `client` asks through nginx."""

    def __init__(self, directory: Path, postgres: PostgresServer, redis: RedisServer, names: NameServer) -> None:
        self.directory = directory
        self.postgres = postgres
        self.redis = redis
        self.names = names
        self.database = postgres.create_database()
        self.port = free_port()
        self.api_port = free_port(API_HOSTS[0])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)
        self.apis = [self._process("api", host, DIFY_BIND_ADDRESS=host) for host in API_HOSTS]
        self.workers = [self._process("worker", str(number)) for number in range(2)]
        self.schedulers = [self._process("scheduler", str(number)) for number in range(2)]
        self.nginx = nginx(
            directory,
            NGINX_LISTEN=f"127.0.0.1:{self.port}",
            NGINX_API=f"http://api:{self.api_port}",
            NGINX_RESOLVER=names.address,
            NGINX_RESOLVE_INTERVAL="1s",
        )

    def _process(self, service: str, name: str, **own: str) -> Process:
        """What the container of a service runs: the bare command, with the environment of the compose file."""
        site = self.directory / "site"
        write_plugin(site, "deployment", CODE)
        environ = {key: value for key, value in environment(service).items() if key != "REDIS_PASSWORD"}
        environ |= {key: str(value) for key, value in self.postgres.settings(self.database).items()}
        environ |= {key: str(value) for key, value in self.redis.settings.items()}
        environ |= {
            "DIFY_PLUGINS_ALLOW": allowed("deployment"),
            "DIFY_RUNTIME_HOME": str(self.directory / "home"),
            "DIFY_PORT": str(self.api_port),
            "PYTHONPATH": str(site),
            "PATH": os.environ["PATH"],
            "DEPLOYMENT_NOTES": str(self.directory),
            "TASK_CONCURRENCY": "2",
            "TASK_LEASE": "5",
        }
        command = [sys.executable, "-m", "dify_runtime"]
        return Process(self.directory / f"{service}-{name}.log", command, environ | own, self.directory)

    def start(self) -> None:
        """Start everything in the order of the compose file."""
        migration = self._process("migration", "once")
        migration.start()
        assert migration.wait() == 0, migration.said
        groups = {"api": self.apis, "worker": self.workers, "scheduler": self.schedulers}
        for process in (*self.apis, *self.workers, *self.schedulers):
            process.start()
        for service, processes in groups.items():
            for process in processes:
                process.wait_until_it_says(READY[service])
        self.nginx.start()
        self.nginx.wait_until_it_listens(self.port)

    def stop(self) -> list[int]:
        """Stop everything that runs; the exit statuses."""
        self.client.close()
        return [process.stop() for process in (self.nginx, *self.schedulers, *self.workers, *self.apis)]

    def kill(self) -> None:
        """End what a failed test may have left."""
        for process in (self.nginx, *self.schedulers, *self.workers, *self.apis):
            process.kill()
        self.postgres.drop_database(self.database)

    def notes(self, *kinds: str) -> list[list[str]]:
        """What tasks noted: kind, value, process id."""
        path = self.directory / "notes"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split() for line in lines if line.split()[0] in kinds]

    def answering(self, requests: int = 8) -> set[int]:
        """The API processes that answer so many requests, which all succeed."""
        answers = [self.client.get("/v1/who") for _ in range(requests)]
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        return {answer.json()["pid"] for answer in answers}


@contextmanager
def running(postgres: PostgresServer) -> Iterator[Topology]:
    """The topology, running; stopped as an orchestrator would."""
    with ExitStack() as stack:
        directory = stack.enter_context(open_directory())
        redis = RedisServer(directory)
        stack.callback(redis.stop)
        redis.start()
        names = stack.enter_context(NameServer(list(API_HOSTS)))
        topology = Topology(directory, postgres, redis, names)
        stack.callback(topology.kill)
        topology.start()
        yield topology
        assert set(topology.stop()) == {0}
