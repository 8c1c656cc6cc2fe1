"""All plugins of the distribution in a real runtime, over HTTP."""

import json
import logging
import os
import threading
import time
import tomllib
import warnings
from importlib import import_module
from pathlib import Path

import pytest

from dify_foundation import CodeBasedExtensions
from dify_runtime_sdk import DIFY_API_VERSION, Plugin, hookimpl
from dify_runtime_sdk.http import ROOT, Routes

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]


def load(target):
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


PLUGINS = {name: load(target) for name, target in PROJECT["entry-points"]["dify_runtime.plugins"].items()}


class SamplePlugin(Plugin):
    """Routes to see the others at work."""

    @hookimpl
    def routes(self):
        routes = Routes(ROOT, public=True)

        @routes.post("/echo")
        async def echo(context):
            return {"got": await context.request.get_json(), "scheme": context.request.scheme, "text": "x" * 1000}

        @routes.get("/broken")
        async def broken(context):
            raise RuntimeError("a bug with token=t0ps3cret")

        @routes.get("/warns")
        async def warns(context):
            warnings.warn("old thing", DeprecationWarning, stacklevel=1)
            return {"client": context.request.remote_addr}

        return [routes]


@pytest.fixture
def boot(runtime, capsys):
    """Boot everything; settings are given by name."""

    async def boot(**settings):
        return await runtime(PLUGINS | {"sample": SamplePlugin}, settings=settings)

    return boot


def json_lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/health", 200), ("GET", "/nowhere", 404), ("POST", "/health", 405), ("GET", "/broken", 500)],
)
async def test_every_answer_names_its_versions(boot, method, path, status):
    booted = await boot(DEPLOY_ENV="TESTING")
    answer = await booted.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-version"] == DIFY_API_VERSION
    assert answer.headers["x-env"] == "TESTING"
    assert answer.headers["x-runtime-version"]


async def test_the_process_tells_about_itself(boot):
    client = (await boot()).client
    assert (await client.get("/health")).json() == {"pid": os.getpid(), "status": "ok", "version": DIFY_API_VERSION}
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["failed_plugins"]) == (200, "ready", {})
    threads = (await client.get("/threads")).json()
    assert threads["thread_num"] == len(threads["threads"]) >= 1
    assert threading.main_thread().name in [one["name"] for one in threads["threads"]]
    assert {one["name"] for one in (await client.get("/plugins")).json()} >= set(PLUGINS)


async def test_a_request_is_logged_with_the_ids_of_its_other_lines(boot, capsys):
    booted = await boot(LOG_OUTPUT_FORMAT="json", ENABLE_REQUEST_LOGGING=True, APPLICATION_NAME="svc")
    await booted.client.get("/broken", headers={"authorization": "Bearer t0ps3cret"})
    output = capsys.readouterr().out
    lines = [json.loads(line) for line in output.splitlines()]
    error = next(line for line in lines if line["severity"] == "ERROR")
    request = next(line for line in lines if line["message"].startswith("GET /broken 500 "))
    assert error["trace_id"] == request["trace_id"] == request["message"].rpartition(" ")[2]
    assert "token=***" in error["stack_trace"]
    assert "t0ps3cret" not in output


async def test_bodies_are_logged_at_debug_although_the_answer_is_compressed(boot, capsys):
    booted = await boot(LOG_LEVEL="DEBUG", ENABLE_REQUEST_LOGGING=True, API_COMPRESSION_ENABLED=True)
    answer = await booted.client.post("/echo", json={"n": 2**70, "password": "t0ps3cret"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["got"]["n"] == 2**70
    output = capsys.readouterr().out
    assert "request body: " in output
    assert "response body: " in output
    assert "t0ps3cret" not in output


async def test_the_proxy_is_believed_only_when_asked(boot, runtime):
    headers = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7"}
    trusting = await boot(RESPECT_XFORWARD_HEADERS_ENABLED=True)
    assert (await trusting.client.post("/echo", json=1, headers=headers)).json()["scheme"] == "https"
    careful = await boot()
    assert (await careful.client.post("/echo", json=1, headers=headers)).json()["scheme"] == "http"


async def test_two_runtimes_in_one_process_log_each_line_once(boot, runtime, root_logger, capsys):
    first, second = await boot(LOG_OUTPUT_FORMAT="json"), await boot(LOG_OUTPUT_FORMAT="json")
    logging.getLogger("some.library").warning("once")
    assert [line["message"] for line in json_lines(capsys) if line["message"] == "once"] == ["once"]
    assert time.timezone == 0
    for booted in (first, second):
        assert (await booted.client.get("/health")).status_code == 200
    await runtime.stop()


async def test_extensions_of_the_operator_are_a_service(boot, tmp_path):
    folder = tmp_path / "mine" / "external_data_tool" / "weather"
    folder.mkdir(parents=True)
    (folder / "weather.py").write_text("class Weather:\n    async def query(self, inputs, query=None): return 'sun'\n")
    booted = await boot(CODE_BASED_EXTENSION_DIR=str(tmp_path / "mine"))
    service = await booted.services.get(CodeBasedExtensions)
    assert service.names("external_data_tool") == ["weather"]
