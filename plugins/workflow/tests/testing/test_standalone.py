"""App files by themselves: inputs, files, traces, and runs without a runtime."""

import math

import pytest

from dify_nodes import NodesSettings
from dify_nodes.offers import node_offers
from dify_runtime_sdk import ServiceError
from dify_runtime_sdk.code import TemplateRenderer
from dify_runtime_sdk.workflow import (
    File,
    GraphRunAborted,
    GraphRunPaused,
    NodeRunAgentLog,
    NodeRunPauseRequested,
    PauseReason,
    WorkflowError,
)
from dify_workflow import NodeRegistry, RunLimits, SystemClock, WorkflowEngine, container_offers
from dify_workflow.dsl import InputsError
from dify_workflow.standalone import GivenServices, describe
from dify_workflow.standalone.files import LocalFiles
from dify_workflow.testing import ScriptedClock, ScriptedMemory, WorkflowKit

TEMPLATE = {
    "type": "template-transform",
    "template": "Hello {{ name }}",
    "variables": [{"variable": "name", "value_selector": ["start", "name"]}],
}


class Upper:
    async def render(self, source, variables):
        return source.upper()


async def test_a_kit_needs_no_runtime(make_app, out):
    engine = WorkflowEngine(NodeRegistry([*node_offers(NodesSettings()), *container_offers()]))
    app = make_app({"t": TEMPLATE, "end": out(text="t.output")}, "start > t > end", form=[("name", "text-input")])
    kit = WorkflowKit(engine, {TemplateRenderer: Upper()})
    assert (await kit(app)).outputs == {"text": "HELLO {{ NAME }}"}
    played = await WorkflowKit(engine)(app)
    assert "TemplateRenderer, which was not given" in played.error


async def test_services_of_the_call_come_first():
    given = GivenServices({int: 1}, GivenServices({int: 2, str: "x"}))
    assert (await given.get(int), await given.get(str)) == (1, "x")
    with pytest.raises(ServiceError, match=r"needs float.*given: int, str"):
        await given.get(float)


async def test_inputs_are_those_of_the_form(workflow, make_app, out):
    form = [("n", "number"), ("doc", "file"), ("docs", "file-list")]
    app = make_app({"end": out(n="start.n", name="start.doc.name", docs="start.docs")}, "start > end", form=form)
    files = LocalFiles()
    picture = files.put(b"...", "a.png")
    remote = {"type": "document", "transfer_method": "remote_url", "url": "https://example.com/b.pdf"}
    played = await workflow(app, inputs={"n": "7", "doc": picture, "docs": [remote]}, stored=files)
    assert (played.outputs["n"], played.outputs["name"]) == (7, "a.png")
    shown = played.outputs["docs"][0]
    assert (shown["remote_url"], shown["filename"]) == ("https://example.com/b.pdf", "b.pdf")
    assert (shown["extension"], shown["mime_type"]) == (".pdf", "application/pdf")
    named = {**remote, "filename": "c.TXT", "mime_type": "text/x"}
    shown = (await workflow(app, inputs={"docs": [named]}, stored=files)).outputs["docs"][0]
    assert (shown["filename"], shown["extension"], shown["mime_type"]) == ("c.TXT", ".txt", "text/x")
    with pytest.raises(InputsError, match="n in input form must be a valid number"):
        await workflow(app, inputs={"n": "many"})
    with pytest.raises(WorkflowError, match="'doc' is no file"):
        await workflow(app, inputs={"doc": {"type": "painting"}})


async def test_a_trigger_takes_inputs_as_they_are(workflow, make_app, out):
    trigger = {"type": "trigger-webhook", "method": "post", "content_type": "application/json"}
    app = make_app({"hook": trigger, "end": out()}, "hook > end")
    assert (await workflow(app, inputs={"anything": [1]})).status == "succeeded"


@pytest.mark.parametrize("mode", ["chat", "completion", "agent-chat"])
async def test_an_app_without_a_graph_is_refused(workflow, mode):
    app = {"app": {"mode": mode}, "model_config": {"model": {"provider": "p", "name": "n"}}}
    with pytest.raises(WorkflowError, match=f"mode {mode} has no workflow"):
        await workflow(app)


async def test_local_files_are_read_and_kept(tmp_path):
    path = tmp_path / "note.txt"
    path.write_bytes(b"x" * 3)
    files = LocalFiles()
    file = files.add(path)
    assert (file.type, file.extension, file.mime_type, file.size) == ("document", ".txt", "text/plain", 3)
    assert await files.read(file) == b"xxx"
    stored = await files.store(b"abc", filename="a.mp3", mime_type=None, tenant_id="")
    assert (stored.type, b"".join([piece async for piece in files.stream(stored)])) == ("audio", b"abc")
    with pytest.raises(WorkflowError, match="more than 2"):
        await files.read(file, limit=2)
    path.unlink()
    with pytest.raises(WorkflowError, match=r"note.txt.*cannot be read"):
        await files.read(file)
    with pytest.raises(WorkflowError, match="not one of this run"):
        await files.read(File(type="image", transfer_method="remote_url", filename="b.png"))
    with pytest.raises(FileNotFoundError):
        files.add(path)


async def test_a_pause_is_traced(workflow, make_app):
    app = make_app({"ask": {"type": "human-input", "required_variables": ["ask.ok"]}}, "start > ask")
    played = await workflow(app)
    assert played.status == "paused"
    assert played.trace[-2]["reason"]["type"] == "human_input_required"
    assert played.trace[-1]["reasons"][0]["node_id"] == "ask"
    assert [type(event) for event in played.events[-2:]] == [NodeRunPauseRequested, GraphRunPaused]


def test_other_events_are_traced_with_what_they_tell():
    log = NodeRunAgentLog(id="1", node_id="n", node_type="agent", message_id="m", label="l", status="start")
    assert describe(log) == {
        "event": "NodeRunAgentLog",
        "node_id": "n",
        "node_type": "agent",
        "message_id": "m",
        "label": "l",
        "status": "start",
        "data": {},
        "metadata": {},
    }
    assert describe(GraphRunAborted(reason="stopped")) == {
        "event": "GraphRunAborted",
        "reason": "stopped",
        "outputs": {},
    }
    paused = GraphRunPaused(reasons=[PauseReason(type="scheduled_pause")])
    assert describe(paused)["reasons"][0]["type"] == "scheduled_pause"


async def test_a_limit_of_time_works_with_a_real_clock(workflow, make_app, out):
    class Endless:
        async def render(self, source, variables):
            await ScriptedClock().sleep(math.inf)

    app = make_app({"t": TEMPLATE, "end": out()}, "start > t > end", form=[("name", "text-input")])
    limits = RunLimits(max_seconds=0.01)
    played = await workflow(app, services={TemplateRenderer: Endless()}, clock=SystemClock(), limits=limits)
    assert played.status == "stopped"
    assert "Maximum execution time" in played.error


async def test_sleeps_end_shortest_first():
    import asyncio

    clock = ScriptedClock(now=0)
    ended = []

    async def sleep(seconds):
        await clock.sleep(seconds)
        ended.append((seconds, clock.time()))

    await asyncio.gather(sleep(30), sleep(10), sleep(20))
    assert ended == [(10, 10), (20, 20), (30, 30)]


async def test_a_history_is_cut_to_its_newest_messages():
    from dify_runtime_sdk.models import Message

    memory = ScriptedMemory(Message(role="user", content="a"), Message(role="assistant", content="b"))
    assert [m.content for m in await memory.history("c", tenant_id="", limit=1)] == ["b"]
    assert await memory.history("c", tenant_id="", limit=0) == ()
