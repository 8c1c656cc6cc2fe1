"""A run that is killed between any two events goes on from its journal, to the same end."""

import json
import os
from pathlib import Path

import pytest

from dify_runtime_sdk.workflow import to_json
from dify_workflow import MemoryJournal, RunLimits
from dify_workflow.standalone import Turn, describe, load_app

FOLDER = Path(os.environ["DIFY_CORPUS"]) / "dsl" / "workflow-fixtures"
CASES = [
    pytest.param(FOLDER / name, case, id=f"{name}:{case['id']}")
    for name, facts in json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["files"].items()
    for case in facts["cases"]
]
LIMITS = RunLimits(max_parallel=1)


@pytest.mark.parametrize(("path", "case"), CASES)
async def test_a_killed_run_ends_as_it_would_have(engine, path, case):
    observed = case["observed"]
    app = load_app(path.read_bytes(), engine, stubs=case["stubs"], node_overrides=case.get("node_overrides"))
    for cut in range(1, len(observed["events"])):
        journal = MemoryJournal()
        first = app.run(Turn(inputs=case["inputs"], query=case["query"]), journal=journal, limits=LIMITS)
        events = first.events()
        seen = [describe(await anext(events)) for _ in range(cut)]
        await events.aclose()
        second = await engine.resume(app.graph, journal, delivered=cut, limits=LIMITS)
        seen += [describe(event) async for event in second.events()]
        outcome = second.outcome
        assert (outcome.status, to_json(dict(outcome.outputs))) == (observed["status"], observed["outputs"]), cut
        assert (outcome.total_tokens, outcome.total_steps) == (observed["total_tokens"], observed["node_run_steps"]), (
            cut
        )
        assert seen == observed["events"], cut
