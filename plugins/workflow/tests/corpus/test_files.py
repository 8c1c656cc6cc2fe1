"""Every real app file loads, validates and draws, and the command runs the recorded cases."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dify_workflow.drawing import sketch, to_svg
from dify_workflow.dsl import load
from dify_workflow.standalone.problems import problems_of

CORPUS = Path(os.environ["DIFY_CORPUS"]) / "dsl"
FILES = sorted(CORPUS.glob("*/*.yml"))
LATER = {"datasource", "knowledge-index"}
"""Types of pipelines, which the plugins of knowledge bring."""
CASES = [
    pytest.param(CORPUS / "workflow-fixtures" / name, case, id=f"{name}:{case['id']}")
    for name, facts in json.loads((CORPUS / "workflow-fixtures" / "expected.json").read_text("utf-8"))["files"].items()
    for case in facts["cases"]
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
async def test_a_file_loads_and_has_no_problems(engine, path):
    document = load(path.read_bytes())
    problems = problems_of(document, engine.registry)
    types = {node["id"]: node["data"]["type"] for node in document.graph.get("nodes", ())}
    assert {(one.code, types.get(one.node_id)) for one in problems} <= {("unknown_node_type", name) for name in LATER}
    assert to_svg(sketch(document.graph)).count("<g>") == sum(bool(name) for name in types.values())


@pytest.mark.parametrize(("path", "case"), CASES)
def test_the_command_gives_what_was_recorded(tmp_path, path, case):
    given = {"stubs": case["stubs"], "node_overrides": case.get("node_overrides", {})}
    (tmp_path / "stubs.json").write_text(json.dumps(given), encoding="utf-8")
    inputs = [f"--input={name}={value}" for name, value in case["inputs"].items()]
    line = ["run", str(path), *inputs, f"--query={case['query']}", "--stubs=stubs.json", "--json", "--trace"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "dify_runtime", *line], cwd=tmp_path, env=environ, capture_output=True, check=False
    )
    observed = case["observed"]
    assert done.returncode == (1 if observed["status"] == "failed" else 0), done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["status"], outcome["outputs"]) == (observed["status"], observed["outputs"])
    assert (outcome["total_tokens"], outcome["total_steps"]) == (observed["total_tokens"], observed["node_run_steps"])
    assert outcome["events"] == observed["events"]
