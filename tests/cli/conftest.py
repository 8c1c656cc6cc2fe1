"""The command line in this process or in one of its own, beside plugins that exist for one test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dify_runtime.cli.main import root
from tests.plugin_dir import write_plugin


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    """An empty working directory, and no setting of the outer world."""
    for name in list(os.environ):
        if name.startswith(("DIFY_", "REMOTE_")) or name in ("MODE", "PLUGIN_FAILURE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DIFY_PLUGINS_ALLOW", "")
    directory = tmp_path / "cwd"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs plugins for one test, here and in child processes, and allows exactly these."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    names = []

    def install(name, code, **metadata):
        names.append(name)
        monkeypatch.setenv("DIFY_PLUGINS_ALLOW", ",".join(names))
        return write_plugin(site, name, code, **metadata)

    yield install
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is not None and Path(file).is_relative_to(site):
            del sys.modules[name]


@pytest.fixture
def cli():
    """Runs the command line in this process."""

    def run(*arguments, **environ):
        return CliRunner().invoke(root, arguments, prog_name="dify-runtime", env=environ)

    return run


@pytest.fixture
def process():
    """Runs the command line in a process of its own, to its end."""

    def run(*arguments, python=sys.executable, **environ):
        command = [str(python), "-m", "dify_runtime", *map(str, arguments)]
        return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=60)

    return run
