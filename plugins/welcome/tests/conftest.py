"""Runtimes with the example apps on a scripted model, and servers as a user starts them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from dify_groups.api_docs.plugin import ApiDocsPlugin
from dify_models.plugin import ModelsPlugin
from dify_models_scripted.plugin import ScriptedPlugin
from dify_runtime.server.report import Report
from dify_welcome.plugin import WelcomePlugin
from plugins.apps.tests.service.serving import PLUGINS, SETTINGS

HERE = "http://127.0.0.1:5001"
"""How a browser on the same machine names the server."""


@pytest.fixture
def plugins() -> dict[str, Any]:
    """What serves apps, a model from a script, and the plugin."""
    return {
        **PLUGINS,
        "models": ModelsPlugin,
        "models-scripted": ScriptedPlugin,
        "api-docs": ApiDocsPlugin,
        "welcome": WelcomePlugin,
    }


@pytest.fixture
def lines() -> dict[int, list[str]]:
    """The banners of the runtimes that were booted."""
    return {}


@pytest.fixture
def boot(runtime: Any, plugins: dict[str, Any], lines: dict[int, list[str]]) -> Callable[..., Any]:
    """Boot as `serve` does without a MODE: `await boot(EXAMPLE_APPS=False)`; all boots of a test share a home."""

    async def boot(*, without: tuple[str, ...] = (), environ: Mapping[str, str] | None = None, **settings: Any) -> Any:
        chosen = {name: plugin for name, plugin in plugins.items() if name not in without}
        settings = {**SETTINGS, "EXAMPLE_MODEL": "scripted/echo", **settings}
        booted = await runtime(chosen, settings=settings, environ=environ)
        lines[id(booted)] = list((await Report.serving(booted.runtime)).banner)
        return booted

    return boot


@pytest.fixture
def banner(lines: dict[int, list[str]]) -> Callable[[Any], list[str]]:
    """The lines of a runtime's banner."""
    return lambda booted: lines[id(booted)]


@pytest.fixture
def visit() -> Callable[..., httpx.AsyncClient]:
    """A client as a browser has it: `visit(booted, peer="10.0.0.9", host="http://box:5001")`."""

    def visit(booted: Any, *, peer: str = "127.0.0.1", host: str = HERE) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=booted.runtime.http.asgi, client=(peer, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=host)

    return visit


class Server:
    """`dify-runtime serve` in a process of its own, until the block ends; `lines` is its banner."""

    def __init__(self, home: Path, *arguments: str, **environ: str) -> None:
        command = [sys.executable, "-m", "dify_runtime", "serve", *arguments, "--port", "0", "--home", str(home)]
        self._process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], **environ},
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.lines: list[str] = []

    def __enter__(self) -> "Server":
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("plugins:"):
                return self
        raise AssertionError(f"ended before it was ready: {self.lines}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=60)

    @property
    def url(self) -> str:
        """Where it listens."""
        [line] = [line for line in self.lines if " ready at " in line]
        return line.split(" ready at ")[1].split()[0]

    def app(self, name: str) -> str:
        """The id of an app, as the overview links to it."""
        page = httpx.get(self.url, trust_env=False).text
        found = re.search(rf'href="/try/([0-9a-f-]+)">{name}<', page)
        assert found, page
        return found[1]


@pytest.fixture(scope="module")
def scripted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the example apps: it says the question back, and is slow where it is asked for a long story."""
    rules = [{"when": "long", "text": "and then " * 400, "delay": 0.05}, {"text": "You said: <b>{prompt}</b> & more"}]
    home = tmp_path_factory.mktemp("home")
    with Server(home, EXAMPLE_MODEL="scripted/teller", SCRIPTED_MODELS=json.dumps({"teller": rules})) as server:
        yield server


@pytest.fixture
def examples() -> Path:
    """Where a reader finds the example apps."""
    return Path(__file__).parents[3] / "docs/examples/apps"
