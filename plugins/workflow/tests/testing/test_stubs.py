"""Stubs stand in for nodes, by id."""

import pytest

from dify_runtime_sdk.workflow import WorkflowError
from dify_workflow import GraphError
from dify_workflow.standalone import Stub


@pytest.fixture
def app(make_app, llm, out):
    return make_app({"llm": llm("?"), "end": out(text="llm.text", more="llm.more")}, "start > llm > end")


async def test_a_text_of_a_model_is_streamed_and_costs(workflow, app):
    played = await workflow(app, stubs={"llm": {"outputs": {"text": "a b", "more": 1}}})
    assert (played.outputs, played.total_tokens) == ({"text": "a b", "more": 1}, 15)
    chunks = [event["chunk"] for event in played.trace if event["event"] == "NodeRunStreamChunk"]
    assert chunks[:3] == ["a", " b", ""]


async def test_chunks_are_streamed_as_they_are_and_cost_nothing(workflow, app):
    played = await workflow(app, stubs={"llm": {"chunks": ["a b", "c"]}})
    assert (played.outputs["text"], played.total_tokens) == ("a bc", 0)
    assert played.text.startswith("a bc")


async def test_a_cost_can_be_said(workflow, app):
    assert (await workflow(app, stubs={"llm": Stub(outputs={"text": ""}, total_tokens=7)})).total_tokens == 7


async def test_an_error_fails_as_the_node_would(workflow, app):
    handled = {
        "llm": {
            "error_strategy": "default-value",
            "default_value": [{"key": "text", "type": "string", "value": "sorry"}],
        }
    }
    stubs = {"llm": {"error": "no luck", "error_type": "Unlucky"}}
    played = await workflow(app, stubs=stubs, node_overrides=handled)
    assert (played.status, played.outputs["text"]) == ("partial-succeeded", "sorry")
    assert played.node("llm").outputs["error_type"] == "Unlucky"
    assert (await workflow(app, stubs=stubs)).error == "no luck"


@pytest.mark.parametrize("choice", [{"edge_source_handle": "2"}, {"outputs": {"class_name": "blame", "class_id": "2"}}])
async def test_a_branch_can_be_chosen(workflow, make_app, out, choice):
    classifier = {
        "type": "question-classifier",
        "query_variable_selector": ["start", "q"],
        "model": {"provider": "p", "name": "n", "mode": "chat", "completion_params": {}},
        "classes": [{"id": "1", "name": "praise"}, {"id": "2", "name": "blame"}],
    }
    nodes = {"sort": classifier, "good": out(), "bad": out(what="sort.class_name")}
    app = make_app(nodes, "start > sort:1 > good", "sort:2 > bad", form=[("q", "paragraph")])
    stub = {"outputs": {"class_name": "blame"}, **choice}
    played = await workflow(app, inputs={"q": "?"}, stubs={"sort": stub})
    assert played.order == ["start", "sort", "bad"]
    assert played.outputs == {"what": "blame"}
    assert played.node("sort").handle == "2"


async def test_a_type_that_nobody_offers_can_be_stubbed(workflow, make_app, out):
    app = make_app({"odd": {"type": "quantum"}, "end": out(x="odd.x")}, "start > odd > end")
    assert (await workflow(app, stubs={"odd": {"outputs": {"x": 1}}})).outputs == {"x": 1}
    with pytest.raises(GraphError, match="unknown node type 'quantum'"):
        await workflow(app)


async def test_files_in_outputs_are_files(workflow, make_app, out):
    tool = {"type": "tool", "provider_id": "p", "provider_type": "builtin", "tool_name": "t"}
    app = make_app({"tool": tool, "end": out(name="tool.file.name")}, "start > tool > end")
    file = {
        "dify_model_identity": "__dify__file__",
        "type": "image",
        "transfer_method": "tool_file",
        "filename": "a.png",
    }
    assert (await workflow(app, stubs={"tool": {"outputs": {"file": file}}})).outputs == {"name": "a.png"}


@pytest.mark.parametrize(
    ("stubs", "message"),
    [
        ({"lm": {"outputs": {}}}, "the app has no node 'lm'.*its nodes: end, llm, start"),
        ({"llm": {}}, "node 'llm': stub: .*needs outputs, chunks or an error"),
        ({"llm": {"output": {}}}, "node 'llm': stub.output"),
        ({"llm": []}, "stubs of node 'llm' is empty"),
        ({"llm": "text"}, "node 'llm': stub"),
    ],
)
async def test_a_wrong_stub_is_refused(workflow, app, stubs, message):
    with pytest.raises(WorkflowError, match=message):
        await workflow(app, stubs=stubs)


async def test_overrides_of_unknown_nodes_are_refused(workflow, app):
    with pytest.raises(WorkflowError, match="node_overrides: the app has no node 'x'"):
        await workflow(app, node_overrides={"x": {}})


async def test_containers_are_not_stubbed(workflow, make_app, out):
    loop = {"type": "loop", "loop_count": 1, "start_node_id": "in", "break_conditions": [], "logical_operator": "and"}
    app = make_app({"loop": loop, "in": {"type": "loop-start"}, "end": out()}, "start > loop > end")
    with pytest.raises(GraphError, match="stub the nodes inside"):
        await workflow(app, stubs={"loop": {"outputs": {}}})
