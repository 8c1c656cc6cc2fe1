"""A process that is killed in the middle of runs: the next one goes on with them."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

APP = """\
version: "0.5.0"
kind: app
app: {name: Slow, mode: workflow, icon: s}
workflow:
  environment_variables: []
  conversation_variables: []
  features: {}
  graph:
    nodes:
    - {id: start, type: custom, data: {type: start, title: Start, variables: []}}
    - id: first
      type: custom
      data: {type: template-transform, title: First, template: "first", variables: []}
    - id: slow
      type: custom
      data:
        type: code
        title: Slow
        code_language: python3
        code: "import time\\ndef main():\\n    time.sleep(3)\\n    return {'out': 'slow'}\\n"
        variables: []
        outputs: {out: {type: string}}
    - id: end
      type: custom
      data:
        type: end
        title: End
        outputs:
        - {variable: first, value_selector: [first, output]}
        - {variable: slow, value_selector: [slow, out]}
    edges:
    - {id: e1, source: start, target: first}
    - {id: e2, source: first, target: slow}
    - {id: e3, source: slow, target: end}
"""


class Served:
    """`dify-runtime serve` with the app, in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[str] | None = None
        self.key = self.url = ""
        (directory / "app.yml").write_text(APP)

    def start(self) -> None:
        environment = {"PATH": os.environ["PATH"], "DIFY_RUNTIME_HOME": str(self._directory / "home")}
        command = [sys.executable, "-m", "dify_runtime", "serve", "app.yml", "--port", "0"]
        self._process = subprocess.Popen(
            command, cwd=self._directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            served = re.search(r"(http://\S+)/v1\s+key (\S+)", line)
            if served:
                self.url, self.key = served.groups()
                return
        raise AssertionError("the app was not served")

    def end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait()
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    @contextlib.contextmanager
    def stream(self, method: str, path: str, **more) -> Iterator[Iterator[tuple[str, dict]]]:
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        with (
            httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False) as client,
            client.stream(method, path, **more) as response,
        ):
            assert response.status_code == 200, response.read()
            yield events(response)


def events(response: httpx.Response) -> Iterator[tuple[str, dict]]:
    data = {}
    for line in response.iter_lines():
        if line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
        elif line.startswith("id: "):
            yield line.removeprefix("id: "), data


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.start()
    yield served
    served.end(signal.SIGTERM)


def test_a_killed_process_loses_no_run_and_the_reader_gets_exactly_the_rest(served: Served, tmp_path: Path):
    seen: list[tuple[str, dict]] = []
    body = {"inputs": {}, "user": "u", "response_mode": "streaming"}
    with served.stream("POST", "/v1/workflows/run", json=body) as stream, contextlib.suppress(httpx.TransportError):
        for number, event in stream:
            seen.append((number, event))
            if event["event"] == "node_started" and event["data"]["node_id"] == "slow":
                time.sleep(1)  # what was told is written within a second
                served.end(signal.SIGKILL)
    run_id = seen[0][1]["workflow_run_id"]

    served.start()
    path = f"/v1/workflow/{run_id}/events?user=u"
    with served.stream("GET", path, headers={"Last-Event-ID": seen[-1][0]}) as stream:
        rest = list(stream)
    assert [int(number) for number, _ in rest] == list(range(len(seen) + 1, len(seen) + len(rest) + 1))
    assert rest[-1][1]["event"] == "workflow_finished"
    assert rest[-1][1]["data"]["status"] == "succeeded"
    assert rest[-1][1]["data"]["outputs"] == {"first": "first", "slow": "slow"}

    with contextlib.closing(sqlite3.connect(tmp_path / "home" / "dify.db")) as database:
        nodes = database.execute("SELECT node_id, status FROM workflow_node_executions ORDER BY created_at").fetchall()
        runs = database.execute("SELECT status FROM workflow_runs").fetchall()
    assert nodes == [("start", "succeeded"), ("first", "succeeded"), ("slow", "succeeded"), ("end", "succeeded")]
    assert runs == [("succeeded",)]
