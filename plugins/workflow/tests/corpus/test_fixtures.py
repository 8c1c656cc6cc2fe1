"""Real workflows give the recorded status, outputs and events, one for one."""

import json
import os
from pathlib import Path

import pytest

from dify_runtime_sdk.workflow import to_json
from dify_workflow import RunLimits
from dify_workflow.standalone import Turn, describe, load_app

FOLDER = Path(os.environ["DIFY_CORPUS"]) / "dsl" / "workflow-fixtures"
CASES = [
    pytest.param(FOLDER / name, case, id=f"{name}:{case['id']}")
    for name, facts in json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["files"].items()
    for case in facts["cases"]
]


@pytest.mark.parametrize(("path", "case"), CASES)
async def test_a_run_is_as_recorded(engine, path, case):
    app = load_app(path.read_bytes(), engine, stubs=case.get("stubs"), node_overrides=case.get("node_overrides"))
    run = app.run(Turn(inputs=case["inputs"], query=case["query"]), limits=RunLimits(max_parallel=1))
    events = [describe(event) async for event in run.events()]
    observed = case["observed"]
    assert events == observed["events"]
    assert run.outcome.status == observed["status"]
    assert to_json(dict(run.outcome.outputs)) == observed["outputs"]
    assert run.outcome.total_tokens == observed["total_tokens"]
    assert run.outcome.total_steps == observed["node_run_steps"]
