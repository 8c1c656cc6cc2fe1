"""The commands that are printed."""

import json
import shlex
from pathlib import Path

import pytest

from dify_welcome.advice import curl, model_advice, program
from dify_welcome.fields import Field


def field(kind, *, required=True, **more):
    return Field(name=f"my_{kind.replace('-', '_')}", kind=kind, required=required, **more)


def body(command):
    words = shlex.split(command)
    assert words[:2] == ["curl", words[1]]
    assert "Authorization: Bearer app-1" in words
    return words[1], json.loads(words[words.index("-d") + 1])


@pytest.mark.parametrize(
    ("mode", "path", "more"),
    [
        ("chat", "/chat-messages", {"query": "What's new?"}),
        ("advanced-chat", "/chat-messages", {"query": "What's new?"}),
        ("agent-chat", "/chat-messages", {"query": "What's new?"}),
        ("workflow", "/workflows/run", {}),
        ("completion", "/completion-messages", {}),
    ],
)
def test_each_mode_has_its_command(mode, path, more):
    command = curl(mode, "app-1", [], "What's new?")
    assert body(command) == (f"{{url}}/v1{path}", {"inputs": {}, "user": "me", **more})


def test_inputs_that_are_required_have_values_that_fit():
    form = [
        field("text-input", max_length=2),
        field("paragraph"),
        field("select", options=("red", "green")),
        field("number"),
        field("checkbox"),
        field("json_object"),
        field("external_data_tool", required=False),
    ]
    assert body(curl("workflow", "app-1", form))[1]["inputs"] == {
        "my_text_input": "An",
        "my_paragraph": "Ann",
        "my_select": "red",
        "my_number": 1,
        "my_checkbox": True,
        "my_json_object": {},
    }


@pytest.mark.parametrize("kind", ["file", "file-list"])
def test_no_line_can_send_a_file(kind):
    assert curl("workflow", "app-1", [field(kind)]) is None
    assert curl("workflow", "app-1", [field(kind, required=False)]) is not None


def test_no_line_runs_a_mode_that_nobody_knows():
    assert curl("rag-pipeline", "app-1", []) is None


def test_in_the_environment_of_a_uv_project_commands_begin_with_uv_run(tmp_path):
    assert program(tmp_path / ".venv") == "dify-runtime"
    (tmp_path / "uv.lock").touch()
    assert program(tmp_path / ".venv") == "uv run dify-runtime"
    assert program() in (Path("x"), "dify-runtime", "uv run dify-runtime")


def test_every_way_to_a_model_is_a_line_of_its_own():
    first, *ways = model_advice()
    assert first.endswith(":")
    assert all("dify-runtime" in way for way in ways)
