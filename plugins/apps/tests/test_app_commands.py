"""The command `apps`, as an operator types it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml


@pytest.fixture
def run(tmp_path: Path):
    """Run a command; gives stdout, or stderr where it must fail with the status `fails`."""

    def call(*arguments: str, fails: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dify_runtime", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            env={"DIFY_RUNTIME_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
            timeout=120,
        )
        assert done.returncode == fails, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr if fails == 1 and not done.stdout else done.stdout

    return call


@pytest.fixture
def workspace(run):
    """A workspace on an empty database."""
    run("db", "upgrade")
    run("setup", "--email", "ann@example.com", "--name", "Ann", "--password", "correct 1 horse")


@pytest.mark.usefixtures("workspace")
def test_an_app_goes_in_changes_and_comes_out(run, tmp_path, workflow_text, chat_text):
    (tmp_path / "one.yml").write_text(workflow_text("One"), encoding="utf-8")
    (tmp_path / "two.yml").write_text(chat_text("Two"), encoding="utf-8")
    one, two = json.loads(run("apps", "import", "one.yml", "two.yml", "--key", "--json"))
    assert (one["status"], one["app_mode"], two["app_mode"]) == ("completed", "workflow", "chat")
    [key] = json.loads(run("keys", "list", "--app", one["app_id"], "--json"))
    assert key["token"] == one["key"]
    listed = json.loads(run("apps", "list", "--json"))
    assert {app["name"]: app["published"] for app in listed} == {"One": True, "Two": True}

    assert run("apps", "diff", "One", "one.yml") == ""
    (tmp_path / "one.yml").write_text(workflow_text("One", greeting="Bye"), encoding="utf-8")
    assert "+        template: Bye" in run("apps", "diff", "One", "one.yml", fails=1)
    run("apps", "import", "one.yml", "--app", "One", "--draft")
    assert "template: Bye" in run("apps", "export", "One")
    assert "Bye" in run("apps", "diff", "One", "one.yml", fails=1)
    assert re.fullmatch(r"published \S+ \(.+\)\n", run("apps", "publish", "One", "--name", "v2"))
    assert run("apps", "diff", "One", "one.yml") == ""

    draft, served, first = json.loads(run("apps", "history", "One", "--json"))
    assert (draft["version"], served["name"], served["served"]) == ("draft", "v2", True)
    run("apps", "publish", "One", "--restore", first["id"])
    run("apps", "export", "One", "-o", "out.yml")
    exported = yaml.safe_load((tmp_path / "out.yml").read_text(encoding="utf-8"))
    assert exported["workflow"]["graph"]["nodes"][1]["data"]["template"] == "Hello"

    copy = run("apps", "copy", "One", "--name", "Three").strip()
    assert "Three" in run("apps", "list")
    run("apps", "delete", copy, "--yes")
    assert "no app" in run("apps", "export", copy, fails=1)


@pytest.mark.usefixtures("workspace")
def test_what_cannot_be_done_is_said(run, tmp_path, workflow_text):
    (tmp_path / "bad.yml").write_text("app: {name: x}\n", encoding="utf-8")
    (tmp_path / "new.yml").write_text(workflow_text(version="9.0.0"), encoding="utf-8")
    assert "bad.yml was not imported: " in run("apps", "import", "bad.yml", fails=1)
    assert "--yes" in run("apps", "import", "new.yml", fails=1)
    assert run("apps", "list") == ""
    run("apps", "import", "new.yml", "--yes")
    run("apps", "import", "new.yml", "--yes")
    assert "2 apps are called 'Greeter'" in run("apps", "publish", "Greeter", fails=1)
    assert "no app 'Nobody'" in run("apps", "history", "Nobody", fails=1)
    run("apps", "import", "new.yml", "bad.yml", "--name", "x", fails=2)


@pytest.mark.usefixtures("workspace")
def test_what_was_done_before_a_file_that_cannot_be_imported_is_told(run, tmp_path, chat_text):
    (tmp_path / "good.yml").write_text(chat_text("Good"), encoding="utf-8")
    (tmp_path / "bad.yml").write_text("app: {name: x}\n", encoding="utf-8")
    (told,) = json.loads(run("apps", "import", "good.yml", "bad.yml", "--json", fails=1))
    assert told["app_id"] in run("apps", "list")


@pytest.mark.usefixtures("workspace")
def test_a_chat_app_goes_back_to_a_version_at_once(run, tmp_path, chat_text):
    (tmp_path / "app.yml").write_text(chat_text("Chat"), encoding="utf-8")
    run("apps", "import", "app.yml")
    (first,) = json.loads(run("apps", "history", "Chat", "--json"))
    assert "served at once" in run("apps", "publish", "Chat", fails=1)
    assert first["id"] in run("apps", "publish", "Chat", "--restore", first["id"])
    assert "cannot be written" in run("apps", "export", "Chat", "-o", "nowhere/out.yml", fails=1)


def test_without_a_workspace_it_says_how_to_make_one(run):
    run("db", "upgrade")
    assert "dify-runtime setup" in run("apps", "list", fails=1)
