"""The recorded requests of the Service API, all but those of datasets, replayed against a served instance."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CORPUS = Path(os.environ["DIFY_CORPUS"])
GOLDEN, TOOLS = CORPUS / "golden", CORPUS.parent / "tools"
OURS = Path(__file__).parent / "accept.json"
OF_DATASETS = "^(datasets |dataset (create|get|unknown|delete)|document|segment|indexing|retrieve|app key on dataset)"
READY = re.compile(r"ready at (http://\S+) ")
SECONDS = 240

pytestmark = pytest.mark.timeout(SECONDS + 120)


def free_port() -> int:
    """A port that nobody listens on; links name it, so it must be known before the server is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Instance:
    """A home of its own, and the commands that work in it."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        url = f"http://127.0.0.1:{self.port}"
        self._home = home
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        self._environ = {
            **kept,
            "DIFY_RUNTIME_HOME": str(home),
            "SECRET_KEY": "k" * 42,
            "DEPLOY_ENV": "PRODUCTION",
            "CONSOLE_WEB_URL": "http://127.0.0.1:3000",
            "APP_WEB_URL": "http://127.0.0.1:3000",
            **dict.fromkeys(("CONSOLE_API_URL", "SERVICE_API_URL", "FILES_URL"), url),
        }

    def command(self, *arguments: str | Path) -> str:
        """What a command of the project prints."""
        done = subprocess.run(
            [sys.executable, "-m", "dify_runtime", *map(str, arguments)],
            cwd=self._home,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of the instance while it is served."""
        command = [sys.executable, "-m", "dify_runtime", "serve", "--port", str(self.port)]
        with process(command, self._home, self._environ) as server:
            assert server.stdout is not None
            yield next(filter(None, map(READY.search, server.stdout)))[1]


@contextmanager
def process(command: list[str], directory: Path, environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    with subprocess.Popen(command, cwd=directory, env=environ, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.terminate()
            running.communicate(timeout=30)


@contextmanager
def models(directory: Path) -> Iterator[str]:
    """The address of the models of the recordings."""
    port = free_port()
    command = [sys.executable, str(TOOLS / "golden_models.py"), "--port", str(port)]
    with process(command, directory, dict(os.environ)):
        for _ in range(SECONDS):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                continue
        yield f"http://127.0.0.1:{port}/v1"


def made_ready(instance: Instance, model_url: str) -> dict[str, str]:
    """A workspace with the recorded apps, published; the keys of them by name, and one for datasets."""
    instance.command("setup", "--email", "admin@example.com", "--name", "Admin", "--password", "Passw0rd1")
    base = f"openai_api_base={model_url}"
    instance.command("models", "add", "openai", "--set", "openai_api_key=k", "--set", base, "--no-check")
    files = sorted((GOLDEN / "dsl").glob("*.yml"))
    imported = json.loads(instance.command("apps", "import", *files, "--yes", "--key", "--json"))
    keys = {file.stem: str(one["key"]) for file, one in zip(files, imported, strict=True)}
    return {**keys, "dataset": json.loads(instance.command("keys", "create", "--json"))["token"]}


def accepted(path: Path) -> Path:
    """Write one list of differences that need not be: those of the corpus, and those that our reference lists."""
    theirs, ours = (json.loads(one.read_text(encoding="utf-8")) for one in (GOLDEN / "accept.json", OURS))
    merged = {**theirs, "differences": [*theirs["differences"], *ours["differences"]]}
    path.write_text(json.dumps(merged), encoding="utf-8")
    return path


def test_every_recorded_answer_of_the_service_api_is_given(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    with models(tmp_path) as model_url:
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps(made_ready(instance, model_url)), encoding="utf-8")
        with instance.served() as url:
            replayed = subprocess.run(
                [
                    *(sys.executable, str(TOOLS / "replay.py"), str(GOLDEN / "service_api.jsonl"), "--base", url),
                    *("--keys", str(keys), "--accept", str(accepted(tmp_path / "accept.json"))),
                    *("--skip", OF_DATASETS, "--timeout", "30"),
                ],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert re.search(r"replayed 86, equal \d+", replayed.stdout), replayed.stdout
