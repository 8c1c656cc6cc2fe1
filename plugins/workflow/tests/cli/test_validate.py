"""`dify-runtime validate`: problems with node, field and line; exit status."""

import json

import yaml


def test_an_app_without_problems(command):
    done = command("validate", "greeting.yml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "greeting.yml is valid\n", "")


def test_problems_name_line_node_and_field(command):
    text = (command.directory / "chat.yml").read_text(encoding="utf-8")
    text = text.replace("prompt_template: [{role: user", "prompt_template: [{role: nobody")
    text = text.replace("{type: answer, title", "{type: reply, title")
    text = text.replace("source: llm, target: answer", "source: llm, target: nowhere")
    command.write("bad.yml", text)
    done = command("validate", "bad.yml")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    where = text[: text.index("nobody")].count("\n") + 1
    assert lines[0].startswith(f"bad.yml: line {where}, column ")
    assert 'node llm "Model", workflow.graph.nodes[1].data.prompt_template[0].role: ' in lines[0]
    assert "unknown node type 'reply'" in lines[-2]
    assert "nowhere" in lines[-1]


def test_problems_as_json(command):
    app = yaml.safe_load((command.directory / "greeting.yml").read_text(encoding="utf-8"))
    app["workflow"]["graph"]["nodes"][1]["data"]["template"] = None
    command.write("bad.yml", app)
    done = command("validate", "bad.yml", "--json")
    [problem] = json.loads(done.stdout)
    assert (done.returncode, problem["node_id"], problem["code"]) == (1, "say", "invalid_node")
    assert problem["field"] == "workflow.graph.nodes[1].data.template"
    assert problem["line"] > 1
    assert json.loads(command("validate", "greeting.yml", "--json").stdout) == []


def test_a_file_that_cannot_be_read_says_where(command):
    command.write("bad.yml", "app: {mode: workflow}\nworkflow:\n  graph: {nodes: 7}\n")
    done = command("validate", "bad.yml")
    assert done.returncode == 1
    assert "line 3" in done.stdout


def test_an_old_version_is_a_warning(command):
    text = (command.directory / "greeting.yml").read_text(encoding="utf-8").replace("0.5.0", "0.1.0")
    command.write("old.yml", text)
    done = command("validate", "old.yml")
    assert (done.returncode, done.stdout) == (0, "old.yml is valid\n")
    assert "warning" in done.stderr


def test_a_circle_is_a_problem(command):
    app = yaml.safe_load((command.directory / "greeting.yml").read_text(encoding="utf-8"))
    app["workflow"]["graph"]["edges"].append({"id": "c", "source": "end", "target": "say"})
    command.write("bad.yml", app)
    done = command("validate", "bad.yml")
    assert done.returncode == 1
    assert "the edges form a circle: " in done.stdout


def test_no_file_is_wrong_usage(command):
    assert command("validate", "gone.yml").returncode == 2
