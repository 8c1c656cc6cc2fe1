"""The processes of the benchmark `service`: our server with its apps, the bare one, and what they are asked."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import RunFailed
from tests.benchmarks.processes import PATIENCE, ROOT, SCRIPT, Server, environment, free_port, serving
from tests.benchmarks.service_apps import APPS
from tests.benchmarks.service_clients import Job, encoded

PATHS = {
    "parameters": "/v1/parameters",
    "simple": "/v1/workflows/run",
    "chain20_tpl": "/v1/workflows/run",
    "iter100_tpl": "/v1/workflows/run",
    "chat_fast": "/v1/chat-messages",
    "chat_slow": "/v1/chat-messages",
}
"""What is asked, and where."""
_KEY = re.compile(r"(\w+)\.yml .*key (app-\S+)")
_RUN = {"response_mode": "blocking", "user": "u"}
_CHAT = {"query": "hello", "response_mode": "streaming", "user": "u"}
BODIES: Mapping[str, dict[str, Any] | None] = {
    "parameters": None,
    "simple": {"inputs": {"text": "hello world"}, **_RUN},
    "chain20_tpl": {"inputs": {"text": "hello world"}, **_RUN},
    "iter100_tpl": {"inputs": {"payload": {"items": [f"i{number}" for number in range(100)]}}, **_RUN},
    "chat_fast": {"inputs": {}, **_CHAT},
    "chat_slow": {"inputs": {"slow": True}, **_CHAT},
}


@dataclass(frozen=True, slots=True)
class Side:
    """A server under load, and the paths and keys it is asked with; `answered`: milliseconds to its first answer."""

    server: Server
    answered: float
    paths: Mapping[str, str]
    keys: Mapping[str, str]

    def request(self, what: str) -> str:
        """The whole request, as it goes over the wire."""
        body = "" if BODIES[what] is None else json.dumps(BODIES[what])
        key = self.keys.get("simple" if what == "parameters" else what, "")
        lines = (
            f"{'POST' if body else 'GET'} {self.paths[what]} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {key}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def load(self, what: str, **how: Any) -> "subprocess.Popen[bytes]":
        """Start clients; see `Job`."""
        command = [sys.executable, "-m", "tests.benchmarks.service_clients"]
        pipe = subprocess.PIPE
        clients = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)
        if clients.stdin is not None:
            clients.stdin.write(encoded(Job(port=self.server.port, request=self.request(what), **how)))
            clients.stdin.close()
            clients.stdin = None
        return clients

    def loaded(self, what: str, **how: Any) -> dict[str, float]:
        """What clients measured, with the server's processor time per request in milliseconds as `cpu`."""
        before = self.server.cpu()
        figures = outcome(self.load(what, **how))
        return figures | {"cpu": (self.server.cpu() - before) / figures["count"]}


def outcome(clients: "subprocess.Popen[bytes]") -> dict[str, float]:
    """Wait for clients; raises `RunFailed` when they were not answered well."""
    out, err = clients.communicate(timeout=10 * PATIENCE)
    if clients.returncode:
        raise RunFailed(f"the clients ended with {clients.returncode}: {err.decode(errors='replace')[-600:]}")
    figures: dict[str, float] = json.loads(out)
    return figures


@contextmanager
def model_stub(cwd: Path) -> Iterator[dict[str, str]]:
    """A model server; gives the settings that name it."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.model_stub", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(cwd))
    try:
        yield {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ours(cwd: Path, apps: Path, settings: Mapping[str, str], cores: tuple[int | None, int | None]) -> Iterator[Side]:
    """Our server, started but not asked yet, with the keys of its apps once it has answered."""
    port = free_port()
    command = [SCRIPT, "serve", "--port", str(port), *(str(apps / f"{name}.yml") for name in APPS)]
    keys: dict[str, str] = {}
    with (
        tempfile.NamedTemporaryFile() as printed,
        serving(command, port, cwd, core=cores[0], settings=settings, printed=printed.file) as server,
    ):
        answered = server.await_answer()
        until = time.monotonic() + PATIENCE
        while len(keys) < len(APPS):
            keys = dict(_KEY.findall(Path(printed.name).read_text(encoding="utf-8")))
            if time.monotonic() > until:
                raise RunFailed(f"no keys for {sorted(set(APPS) - keys.keys())}")
            time.sleep(0.01)
        yield Side(server, answered, PATHS, keys)


@contextmanager
def bare(cwd: Path, answers: Path, core: int | None) -> Iterator[Side]:
    """The bare server, which answers what the file `answers` holds."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.bare_service", str(port), str(answers)]
    with serving(command, port, cwd, core=core, root_on_path=True) as server:
        yield Side(server, server.await_answer(), {what: f"/{what}" for what in PATHS}, {})


def recorded(side: Side) -> dict[str, Any]:
    """The answers of a server, by the bare server's paths: JSON, or the events of a stream."""
    import httpx  # for a single answer each: the load comes from the clients

    found: dict[str, Any] = {}
    for what, path in PATHS.items():
        key = side.keys["simple" if what == "parameters" else what]
        url = f"http://127.0.0.1:{side.server.port}{path}"
        method = "GET" if BODIES[what] is None else "POST"
        answer = httpx.request(
            method, url, json=BODIES[what], headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE
        )
        if answer.status_code != 200:
            raise RunFailed(f"{what}: {answer.status_code} {answer.text[:300]}")
        stream = answer.headers["content-type"].startswith("text/event-stream")
        found[f"/{what}"] = answer.text.split("\n\n")[:-1] if stream else answer.json()
    return found
