"""A server with an app of each kind, and published client packages, each in an environment of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plugins.apps.tests.clients.model_server import ModelServer
from plugins.apps.tests.service.serving import chat, chatflow, completion, workflow

PROGRAMS = Path(__file__).parent / "programs"
READY = re.compile(r"ready at (http://\S+) ")
MINUTES = 180
UPLOADS: dict[str, Any] = {"file_upload": {"enabled": True, "allowed_file_types": ["document"], "number_limits": 3}}
QUERY = [{"paragraph": {"label": "Query", "variable": "query", "required": True, "max_length": 2048, "default": ""}}]
WHO = [{"text-input": {"label": "Who", "variable": "who", "required": False, "max_length": 48, "default": ""}}]
APPS: dict[str, str] = {
    "chatflow": chatflow(**UPLOADS),
    "workflow": workflow(opening_statement=""),
    "completion": completion(pre_prompt="{{query}}", user_input_form=QUERY, opening_statement=""),
    "chat": chat(pre_prompt="Help {{who}}.", user_input_form=WHO, opening_statement="Hi"),
    "agent": chat(opening_statement="", agent_mode={"enabled": True, "strategy": "function_call", "tools": []}).replace(
        "mode: chat", "mode: agent-chat", 1
    ),
}


@dataclass(frozen=True)
class Served:
    """A server's address, and the keys of its apps by kind."""

    url: str
    keys: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server in a process of its own, made ready with the project's commands, and a model server for it."""
    home = tmp_path_factory.mktemp("home")
    files = [home / f"{name}.yml" for name in APPS]
    for file in files:
        file.write_text(APPS[file.stem], encoding="utf-8")
    model = ModelServer()
    server = None
    try:
        _command(home, "setup", "--email", "ann@example.com", "--name", "Ann", "--password", "Passw0rd1")
        credentials = ("--set", "openai_api_key=k", "--set", f"openai_api_base={model.url}", "--no-check")
        _command(home, "models", "add", "openai", *credentials)
        imported = json.loads(_command(home, "apps", "import", *map(str, files), "--key", "--json"))
        server = subprocess.Popen(
            _python("serve", "--port", "0"), cwd=home, env=_environ(home), stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        ready = next(filter(None, map(READY.search, server.stdout)))
        yield Served(ready[1], {file.stem: one["key"] for file, one in zip(files, imported, strict=True)})
    finally:
        if server is not None:
            server.terminate()
            server.communicate(timeout=30)
        model.close()


@pytest.fixture
def run_python(tmp_path: Path, served: Served) -> Callable[..., Any]:
    """Run a program with packages that it needs, in a fresh environment; what it printed as JSON."""

    def run(program: str, *packages: str) -> Any:
        uv = shutil.which("uv")
        assert uv is not None, "uv makes the environments of the clients"
        python = tmp_path / "venv" / "bin" / "python"
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")], tmp_path)
        _run([uv, "pip", "install", "--quiet", "--python", str(python), *packages], tmp_path)
        return json.loads(_run([str(python), str(PROGRAMS / program)], tmp_path, served))

    return run


@pytest.fixture
def run_node(tmp_path: Path, served: Served) -> Callable[..., Any]:
    """Run a program of Node with packages that it needs; what it printed as JSON."""

    def run(program: str, *packages: str) -> Any:
        npm, node = shutil.which("npm"), shutil.which("node")
        assert npm is not None, "npm installs the client"
        assert node is not None, "node runs the client"
        _run(
            [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(tmp_path), *packages],
            tmp_path,
        )
        copied = shutil.copy(PROGRAMS / program, tmp_path)
        return json.loads(_run([node, str(copied)], tmp_path, served))

    return run


def _run(command: list[str], directory: Path, served: Served | None = None) -> str:
    """What a command printed; fails with what it complained of."""
    environ = dict(os.environ)
    if served is not None:
        environ |= {"BASE_URL": served.url, "KEYS": json.dumps(served.keys)}
    done = subprocess.run(
        command, cwd=directory, env=environ, capture_output=True, text=True, timeout=MINUTES, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


def _command(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        _python(*arguments), cwd=home, env=_environ(home), capture_output=True, text=True, timeout=MINUTES, check=False
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dify_runtime", *arguments]


def _environ(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    return {**kept, "DIFY_RUNTIME_HOME": str(home / "state"), "SECRET_KEY": "k" * 42}
