"""`plugins new` writes distributions that keep every rule there is for plugins, and whose own tests pass."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dify_runtime import __version__
from dify_runtime.checker.check import check
from dify_runtime.checker.probing import probe_environment
from dify_runtime.errors import HostError
from dify_runtime.scaffold.kinds import KINDS
from dify_runtime.scaffold.names import Names, check_name
from dify_runtime.scaffold.writer import version_range, write_plugin

UV = shutil.which("uv")


ASK = """
import asyncio, json
import httpx
from dify_runtime import Runtime

async def main():
    async with Runtime.boot(roles={"api"}) as runtime:
        transport = httpx.ASGITransport(app=runtime.http.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = (await client.get("/my-feature")).json()
        checks = [check.name for _, check in runtime.contributions("health_checks")]
    print(json.dumps([answer, checks]))

asyncio.run(main())
"""
"""Asks an installed plugin for its route and its health check."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory) -> dict[str, Path]:
    """A plugin of each kind."""
    directory = tmp_path_factory.mktemp("projects")
    made = {kind: directory / f"my-{kind}" for kind in KINDS}
    for kind, project in made.items():
        write_plugin(Names(f"my-{kind}"), kind, project)
    return made


@pytest.fixture(scope="module")
def environment():
    return probe_environment()


def run(*command, cwd):
    """Run a command to its end; its output is in the failure."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_tests_pass_at_once(projects, kind):
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", cwd=projects[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_the_rules_for_plugins(projects, environment, kind):
    assert check(str(projects[kind]), environment) == []


def test_linter_formatter_and_type_checker_have_nothing_to_say(projects, tmp_path):
    for project in projects.values():
        run(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=project)
        run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".", cwd=project)
        run(sys.executable, "-m", "mypy", "--cache-dir", tmp_path / "cache", "src", "tests", cwd=project)


@pytest.mark.skipif(UV is None, reason="uv builds it")
def test_the_built_wheel_adds_route_setting_command_and_health_check(projects, tmp_path, monkeypatch, process):
    options = ("--wheel", "--offline", "--python", sys.executable, "--out-dir", tmp_path / "dist")
    run(UV, "build", *options, cwd=projects["feature"])
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
        assert "my_feature/py.typed" in archive.namelist()
        assert not any(name.startswith("tests") for name in archive.namelist())
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "installed"))
    monkeypatch.setenv("DIFY_PLUGINS_ALLOW", "my-feature")
    assert process("my-feature", "Ada").stdout == "Hello, Ada!\n"
    assert process("my-feature", MY_FEATURE_GREETING="Good day").stdout == "Good day, world!\n"
    (mine,) = [one for one in json.loads(process("plugins", "list", "--json").stdout) if one["state"] != "denied"]
    assert (mine["name"], mine["state"], mine["error"]) == ("my-feature", "ready", None)
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, timeout=60)
    assert json.loads(asked.stdout) == [{"greeting": "Hello, world!"}, ["my-feature"]], asked.stderr


def test_the_metadata_pin_the_sdk_by_range(projects):
    for project in projects.values():
        content = tomllib.loads((project / "pyproject.toml").read_text())
        sdk = next(one for one in map(Requirement, content["project"]["dependencies"]) if "sdk" in one.name)
        assert sdk.specifier.contains(__version__)
        assert {one.operator for one in sdk.specifier} == {">=", "<"}


@pytest.mark.parametrize(
    ("version", "expected"), [("0.1.0", ">=0.1.0,<0.2"), ("0.12.3", ">=0.12.3,<0.13"), ("2.1.0", ">=2.1.0,<3")]
)
def test_the_range_ends_before_what_may_break(version, expected):
    assert version_range(version) == expected


def test_no_placeholder_is_left(projects):
    texts = [path.read_text() for project in projects.values() for path in project.rglob("*.py")]
    assert texts
    assert not any("$" in text.replace('+$"', "") for text in texts)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Notes",
        "my_notes",
        "-notes",
        "notes-",
        "my--notes",
        "2fa",
        "notes/../..",
        "class",
        "json",
        "serve",
        "dify-runtime-x",
    ],
)
def test_a_name_that_cannot_be_is_refused(cli, somewhere, name):
    with pytest.raises(HostError):
        check_name(name, ("serve",))
    result = cli("plugins", "new", "--", name)
    assert result.exit_code == 1
    assert "Hint: " in result.stderr
    assert list(somewhere.iterdir()) == []


def test_it_is_written_below_the_working_directory(cli, somewhere):
    result = cli("plugins", "new", "my-notes")
    assert result.exit_code == 0
    assert (somewhere / "my-notes" / "src" / "my_notes" / "plugin.py").is_file()
    assert (somewhere / "my-notes" / ".gitignore").is_file()
    assert f"my-notes{os.sep}pyproject.toml" in result.stdout


def test_the_directory_can_be_chosen_and_may_be_empty(cli, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    assert cli("plugins", "new", "my-notes", "--kind", "service", "--directory", str(target)).exit_code == 0
    assert (target / "src" / "my_notes" / "protocol.py").is_file()


def test_a_directory_with_something_in_it_is_left_alone(cli, somewhere):
    (somewhere / "my-notes").mkdir()
    (somewhere / "my-notes" / "precious.txt").write_text("precious")
    result = cli("plugins", "new", "my-notes")
    assert result.exit_code == 1
    assert "not empty" in result.stderr
    assert [path.name for path in (somewhere / "my-notes").iterdir()] == ["precious.txt"]


def test_a_directory_that_cannot_be_made_is_an_error(cli, somewhere):
    (somewhere / "file").write_text("")
    result = cli("plugins", "new", "my-notes", "--directory", "file/below")
    assert result.exit_code == 1
    assert "cannot write" in result.stderr


def test_an_unknown_kind_is_a_usage_error_that_lists_them(cli):
    result = cli("plugins", "new", "my-notes", "--kind", "thing")
    assert result.exit_code == 2
    assert "config-source" in result.stderr


def test_no_plugin_is_imported(cli, somewhere, install):
    install("exploding", "raise SystemExit('imported')")
    assert cli("plugins", "new", "my-notes").exit_code == 0
    assert "exploding" not in sys.modules
