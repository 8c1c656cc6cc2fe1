"""`dify-runtime run`: inputs, output, exit status."""

import json

import pytest
import yaml


def changed(command, name, change):
    app = yaml.safe_load((command.directory / name).read_text(encoding="utf-8"))
    change(app["workflow"]["graph"])
    return command.write(name, app)


def test_values_are_read_by_their_declared_types(command):
    command.write("a.txt", "text")
    command.write("more.json", {"name": "Bob", "docs": ["a.txt"], "times": 1})
    done = command(
        "run", "greeting.yml", "--json", "--inputs", "more.json", "--input", "name=7", "-i", "times=2.5",
        "-i", "loud=true", "-i", 'more={"a": [1]}', "-i", "doc=a.txt",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert list(outcome) == ["status", "outputs", "error", "elapsed_time", "total_tokens", "total_steps"]
    assert (outcome["status"], outcome["error"], outcome["total_steps"]) == ("succeeded", None, 3)
    outputs = outcome["outputs"]
    assert outputs["docs"][0].pop("filename") == "a.txt"
    assert {name: value for name, value in outputs.items() if name != "docs"} == {
        "text": "Hello 7",
        "times": 2.5,
        "loud": True,
        "more": {"a": [1]},
        "doc": "a.txt",
    }


def test_what_the_form_does_not_ask_for_is_left_out_of_a_file_of_inputs(command):
    command.write("more.json", {"name": "Bob", "nobody": 1})
    done = command("run", "greeting.yml", "--json", "--inputs", "more.json")
    assert (done.returncode, json.loads(done.stdout)["outputs"]["text"]) == (0, "Hello Bob")


def test_outputs_go_to_one_stream_and_progress_to_the_other(command):
    done = command("run", "greeting.yml", "-i", "name=Ada")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["text"] == "Hello Ada"
    lines = done.stderr.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["✓", "Start"], ["✓", "Say"], ["✓", "End"]]
    assert lines[-1].startswith("succeeded in ")


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_answer_is_streamed(command, wrapped):
    given = {"llm": {"outputs": {"text": "a good answer"}}}
    stubs = command.write("stubs.json", {"stubs": given} if wrapped else given)
    done = command("run", "chat.yml", "--query", "why", "--stubs", stubs)
    assert (done.returncode, done.stdout) == (0, "[a good answer]\n")
    assert "15 tokens" in done.stderr


def test_a_trace_holds_every_event(command):
    stubs = command.write("stubs.json", {"llm": {"chunks": ["a"]}})
    outcome = json.loads(command("run", "chat.yml", "--stubs", stubs, "--json", "--trace").stdout)
    assert outcome["outputs"] == {"answer": "[a]", "files": []}
    assert [event["event"] for event in outcome["events"] if event.get("node_id") == "llm"] == [
        "NodeRunStarted",
        "NodeRunStreamChunk",
        "NodeRunStreamChunk",
        "NodeRunSucceeded",
    ]
    done = command("run", "chat.yml", "--stubs", stubs, "--trace")
    assert done.stdout == "[a]\n"
    assert [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")] == outcome["events"]


def test_a_file_comes_with_the_query(command):
    changed(command, "chat.yml", lambda graph: graph["nodes"][2]["data"].update(answer="{{#sys.files#}}"))
    stubs = command.write("stubs.json", {"llm": {"chunks": []}})
    command.write("a.png", "picture")
    outcome = json.loads(command("run", "chat.yml", "--file", "a.png", "--stubs", stubs, "--json").stdout)
    assert [file["type"] for file in outcome["outputs"]["files"]] == ["image"]


@pytest.mark.parametrize(("extra", "status"), [((), "failed"), (("--json",), "failed")])
def test_a_failed_run_has_status_1(command, extra, status):
    stubs = command.write("stubs.json", {"llm": {"error": "no luck"}})
    done = command("run", "chat.yml", "--stubs", stubs, *extra)
    assert done.returncode == 1
    shown = json.loads(done.stdout) if extra else None
    assert (shown["status"], shown["error"]) == (status, "no luck") if shown else "no luck" in done.stderr


def test_handled_failures_are_no_failure(command):
    handled = {"error_strategy": "default-value", "default_value": []}
    given = {"stubs": {"llm": {"error": "no luck"}}, "node_overrides": {"llm": handled}}
    done = command("run", "chat.yml", "--stubs", command.write("stubs.json", given), "--json")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "partial-succeeded")


def test_a_run_that_is_stopped_has_status_3(command):
    command.write("dify-runtime.toml", "WORKFLOW_MAX_EXECUTION_STEPS = 1\n")
    done = command("run", "greeting.yml", "-i", "name=x", "--json")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (3, "stopped")


def test_a_run_that_waits_has_status_4(command):
    waiting = {"id": "say", "data": {"type": "human-input", "title": "Ask", "required_variables": ["say.ok"]}}
    changed(command, "greeting.yml", lambda graph: graph["nodes"].__setitem__(1, waiting))
    done = command("run", "greeting.yml", "-i", "name=x")
    assert done.returncode == 4
    assert "Ask waits" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name is required"),
        (("-i", "nobody=x"), "no input 'nobody'; it has: name, times"),
        (("-i", "name"), "'name' is not key=value"),
        (("-i", "name=x", "-i", "times=many"), "times is of type number, and 'many' is not JSON"),
        (("-i", "name=x", "-i", "doc=gone.txt"), "gone.txt: No such file"),
        (("--inputs", "greeting.yml"), "is not JSON"),
        (("--stubs", "list.json"), "does not hold a JSON object"),
        (("--stubs", "wrong.json"), "does not hold an object with `stubs` and `node_overrides`"),
        (("--file", "gone.txt"), "gone.txt: No such file"),
    ],
)
def test_wrong_usage_has_status_2(command, arguments, message):
    command.write("list.json", "[]")
    command.write("wrong.json", {"node_overrides": {}, "stub": {}})
    done = command("run", "greeting.yml", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("app: [", "line 2, column 1"),
        ("app: {mode: chat}\nmodel_config: {model: {provider: p, name: n}}", "mode chat has no workflow"),
    ],
)
def test_an_app_that_cannot_be_run_has_status_1(command, text, message):
    command.write("bad.yml", text)
    done = command("run", "bad.yml")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_problems_of_a_graph_are_told_with_line_node_and_field(command):
    text = (command.directory / "chat.yml").read_text(encoding="utf-8")
    text = text.replace("mode: chat, completion_params", "mode: talk, completion_params")
    text = text.replace("{type: answer, title", "{type: reply, title")
    text = text.replace("source: llm, target: answer", "source: llm, target: nowhere")
    command.write("bad.yml", text)
    done = command("run", "bad.yml")
    assert (done.returncode, done.stdout) == (1, "")
    where = text[: text.index("talk")].count("\n") + 1
    first, *others = done.stderr.splitlines()
    assert first.startswith(f"Error: line {where}, column ")
    assert 'node llm "Model", workflow.graph.nodes[1].data.model.mode: ' in first
    assert any("unknown node type 'reply'" in line for line in others)
    assert any("workflow.graph.edges[1].target" in line and "nowhere" in line for line in others)


def test_an_override_that_spoils_the_graph_is_told(command):
    given = {"node_overrides": {"say": {"type": "trigger-schedule"}}}
    done = command("run", "greeting.yml", "-i", "name=x", "--stubs", command.write("stubs.json", given))
    assert (done.returncode, done.stdout) == (1, "")
    assert "a start node and a trigger exclude each other" in done.stderr


def test_a_stub_of_an_unknown_node_names_the_nodes(command):
    stubs = command.write("stubs.json", {"lm": {"outputs": {}}})
    done = command("run", "chat.yml", "--stubs", stubs)
    assert done.returncode == 1
    assert "no node 'lm'" in done.stderr
    assert "answer, llm, start" in done.stderr
