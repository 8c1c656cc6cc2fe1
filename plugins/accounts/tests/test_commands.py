"""The commands `setup`, `accounts` and `keys`, as an operator types them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

APP = "22222222-2222-2222-2222-222222222222"


@pytest.fixture
def run(tmp_path: Path):
    def call(*arguments: str, ok: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dify_runtime", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={"DIFY_RUNTIME_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
            timeout=60,
        )
        assert (done.returncode == 0) is ok, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if ok else done.stderr

    return call


def test_a_workspace_is_set_up_and_run_from_the_command_line(run):
    run("db", "upgrade")
    assert "no workspace" in run("keys", "create", ok=False)
    assert "no workspace" in run("accounts", "list", ok=False)
    run("setup", "--email", "ann@example.com", "--name", "Ann", "--password", "correct 1 horse")
    assert "already" in run("setup", "--email", "a@b.co", "--name", "A", "--password", "correct 1 horse", ok=False)

    run("accounts", "add", "bob@example.com", "--role", "editor")
    run("accounts", "set-role", "bob@example.com", "owner")
    run("accounts", "set-password", "bob@example.com", "--password", "battery 2 staple")
    roles = {one["email"]: one["role"] for one in json.loads(run("accounts", "list", "--json"))}
    assert roles == {"ann@example.com": "admin", "bob@example.com": "owner"}
    assert "no member" in run("accounts", "remove", "eve@example.com", ok=False)
    run("accounts", "remove", "ann@example.com")
    assert re.fullmatch(r"owner +pending +bob@example.com +bob\n", run("accounts", "list"))

    token = run("keys", "create", "--app", APP).strip()
    [key] = json.loads(run("keys", "list", "--app", APP, "--json"))
    assert (key["token"], key["app_id"]) == (token, APP)
    assert run("keys", "list") == ""
    run("keys", "revoke", key["id"])
    assert "no key" in run("keys", "revoke", key["id"], ok=False)
