"""What a user installs: wheels in a fresh environment, without this checkout, and a plugin of their own beside them."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv")

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("fresh-environment")]


def run(*command, cwd, **environ):
    """Run a command to its end; its output is in the failure."""
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean | environ, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build_and_install(directory: Path) -> Path:
    """A fresh environment with every wheel of this checkout, installed by the standard extra."""
    assert UV, "uv runs this suite, so it is on the path"
    wheels = directory / "wheels"
    run(UV, "build", "--all-packages", "--wheel", "--quiet", "--out-dir", wheels, cwd=ROOT)
    run(UV, "venv", "--quiet", "--python", sys.executable, directory / "venv", cwd=directory)
    python = directory / "venv/bin/python"
    version = json.loads(run(sys.executable, "-m", "dify_runtime", "version", "--json", cwd=directory))["dify-runtime"]
    spec = f"dify-runtime[standard,testing]=={version}"
    run(UV, "pip", "install", "--quiet", "--python", python, "--find-links", wheels, spec, cwd=directory)
    return directory / "venv/bin"


@pytest.fixture(scope="module")
def binaries(tmp_path_factory) -> Path:
    return build_and_install(tmp_path_factory.mktemp("fresh"))


class Served:
    """`dify-runtime serve` on a free port, until the block ends."""

    def __init__(self, binaries: Path, directory: Path, **environ: str) -> None:
        clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
        command = [binaries / "dify-runtime", "serve", "--port", "0"]
        self._process = subprocess.Popen(command, cwd=directory, env=clean | environ, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if " ready at " in line:
                self.ready = line
                self.url = line.split(" ready at ")[1].split()[0]
                return self
        self._process.stdout.close()
        pytest.fail(f"ended with {self._process.wait(30)} before it was ready")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.stdout.close()
        assert self._process.wait(60) == 0

    def get(self, path: str):
        """The JSON answer to a GET request."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)


def test_the_wheels_serve_without_the_checkout(binaries, tmp_path):
    listed = json.loads(run(binaries / "dify-runtime", "plugins", "list", "--json", cwd=tmp_path))
    assert {"logging", "app-metrics", "group-service", "config-apollo"} <= {record["name"] for record in listed}
    assert {record["state"] for record in listed} <= {"ready", "disabled", "idle"}
    with Served(binaries, tmp_path) as server:
        assert server.get("/health")["status"] == "ok"
        assert server.get("/health/ready")["status"] == "ready"


def test_the_wheels_bring_the_example_apps(binaries, tmp_path):
    script = "from dify_welcome.examples import read_examples as read; print(*(one.name for one in read()))"
    shown = sorted(path.name for path in (ROOT / "docs/examples/apps").glob("*.yml"))
    assert run(binaries / "python", "-c", script, cwd=tmp_path).split() == shown


def test_a_plugin_made_by_the_scaffold_works_once_installed(binaries, tmp_path):
    run(binaries / "dify-runtime", "plugins", "new", "my-notes", cwd=tmp_path)
    project = tmp_path / "my-notes"
    python = binaries / "python"
    run(UV, "build", "--wheel", "--quiet", "--python", python, "--out-dir", tmp_path / "dist", project, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run(UV, "pip", "install", "--quiet", "--python", python, wheel, cwd=tmp_path)
    try:
        run(python, "-m", "pytest", "-q", cwd=project)
        settings = json.loads(run(binaries / "dify-runtime", "config", "show", "--json", "--all", cwd=tmp_path))
        assert any(entry["name"].startswith("MY_NOTES_") for entry in settings)
        assert "my-notes" in run(binaries / "dify-runtime", "--help", cwd=tmp_path)
        run(binaries / "dify-runtime", "my-notes", cwd=tmp_path)
        with Served(binaries, tmp_path) as server:
            assert server.get("/my-notes")
            checks = [check["name"] for check in server.get("/health/ready")["checks"]]
            assert any("my-notes" in name for name in checks)
    finally:
        run(UV, "pip", "uninstall", "--quiet", "--python", python, "my-notes", cwd=tmp_path)


def test_the_host_serves_without_any_plugin(binaries, tmp_path):
    with Served(binaries, tmp_path, DIFY_PLUGINS_ALLOW="") as server:
        assert "(0 plugins" in server.ready
        with urllib.request.urlopen(server.url, timeout=10) as page:
            assert page.headers["content-type"].startswith("text/html")
        with pytest.raises(urllib.error.HTTPError) as caught:
            server.get("/health")
    assert caught.value.code == 404
    caught.value.close()
