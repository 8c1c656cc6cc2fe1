"""Runs in which services follow a script."""

import asyncio
from pathlib import Path

import pytest
import yaml

from dify_runtime_sdk.agents import StrategyParameter
from dify_runtime_sdk.code import TemplateRenderer
from dify_runtime_sdk.models import LanguageModelChunk, ModelRateLimitError
from dify_runtime_sdk.tools import TextMessage, ToolParameter
from dify_runtime_sdk.workflow import NodeEvent, WorkflowError
from dify_workflow import MemoryJournal, RunLimits
from dify_workflow.dsl import from_mapping
from dify_workflow.testing import (
    HttpAnswer,
    ScriptedAgents,
    ScriptedClock,
    ScriptedHttp,
    ScriptedModels,
    ScriptedRetriever,
    ScriptedTools,
)

TOOL = {"type": "tool", "provider_id": "time", "provider_type": "builtin", "tool_name": "now"}


async def test_a_model_follows_its_script(workflow, make_app, llm, out):
    app = make_app(
        {"llm": llm("Greet {{#start.name#}}"), "end": out(text="llm.text")},
        "start > llm > end",
        form=[("name", "text-input")],
    )
    models = ScriptedModels("Hello dear Ada")
    played = await workflow(app, inputs={"name": "Ada"}, models=models)
    assert (played.status, played.outputs, played.total_tokens) == ("succeeded", {"text": "Hello dear Ada"}, 15)
    assert models.prompts == ["user: Greet Ada"]
    assert played.text == "Hello dear Ada"
    assert played.order == ["start", "llm", "end"]
    assert [event.chunk for event in played.events if hasattr(event, "chunk")] == ["Hello", " dear", " Ada", ""]


async def test_answers_come_in_order_and_the_last_one_stays(workflow, make_app, llm, out):
    nodes = {name: llm(name) for name in ("a", "b", "c")} | {"end": out(a="a.text", b="b.text", c="c.text")}
    app = make_app(nodes, "start > a > b > c > end")
    played = await workflow(app, models=ScriptedModels("one", lambda request: request.messages[0].content * 2))
    assert played.outputs == {"a": "one", "b": "bb", "c": "cc"}


async def test_a_model_that_fails_in_the_middle_fails_the_run(workflow, make_app, llm, out):
    app = make_app({"llm": llm("?"), "end": out(text="llm.text")}, "start > llm > end")
    broken = [LanguageModelChunk(text="I"), ModelRateLimitError("too many requests")]
    played = await workflow(app, models=ScriptedModels(broken))
    assert (played.status, played.error) == ("failed", "too many requests")
    assert played.node("llm").status == "failed"
    assert not played.ran("end")
    with pytest.raises(AssertionError, match="'end' did not run; these did: start, llm"):
        played.node("end")


async def test_tools_answer_by_name(workflow, make_app, out):
    app = make_app(
        {"now": {**TOOL, "tool_configurations": {"zone": "utc"}}, "end": out(text="now.text")}, "start > now > end"
    )
    tools = ScriptedTools(
        {"now": lambda call: f"noon in {call.parameters['zone']}"}, parameters={"now": [ToolParameter(name="zone")]}
    )
    played = await workflow(app, tools=tools)
    assert played.outputs == {"text": "noon in utc"}
    assert [call.tool.name for call in tools.calls] == ["now"]
    played = await workflow(app, tools=ScriptedTools({"later": "never"}))
    assert "no answer of the tool 'now'" in played.error


async def test_requests_are_answered_here(workflow, make_app, out):
    request = {
        "type": "http-request",
        "method": "get",
        "url": "https://api.example.com/users",
        "authorization": {"type": "no-auth"},
        "headers": "",
        "params": "page:2",
        "body": {"type": "none", "data": []},
    }
    app = make_app({"http": request, "end": out(status="http.status_code", body="http.body")}, "start > http > end")
    http = ScriptedHttp({"GET https://api.example.com/users": [HttpAnswer(status=201, json={"id": 7})]})
    played = await workflow(app, http=http)
    assert played.outputs == {"status": 201, "body": '{"id": 7}'}
    assert str(http.requests[0].url) == "https://api.example.com/users?page=2"
    assert (await workflow(app, http=ScriptedHttp({"https://api.example.com/users": "plain"}))).outputs[
        "body"
    ] == "plain"
    played = await workflow(app, http=ScriptedHttp({}))
    assert "the test has no answer to GET https://api.example.com/users" in played.error


async def test_without_a_script_there_is_no_network(workflow, make_app, out):
    app = make_app({"now": TOOL, "end": out(text="now.text")}, "start > now > end")
    assert "Tools" in (await workflow(app)).error


async def test_a_retriever_finds_what_the_test_wrote(workflow, make_app, out):
    search = {
        "type": "knowledge-retrieval",
        "query_variable_selector": ["start", "q"],
        "dataset_ids": ["d"],
        "retrieval_mode": "multiple",
        "multiple_retrieval_config": {"top_k": 2},
    }
    app = make_app(
        {"search": search, "end": out(found="search.result")}, "start > search > end", form=[("q", "paragraph")]
    )
    retriever = ScriptedRetriever(["a text", {"content": "another"}])
    played = await workflow(app, inputs={"q": "why"}, retriever=retriever)
    assert [record["content"] for record in played.outputs["found"]] == ["a text", "another"]
    assert retriever.requests[0].query == "why"


async def test_an_agent_says_what_the_test_wrote(workflow, make_app, out):
    agent = {
        "type": "agent",
        "agent_strategy_provider_name": "p",
        "agent_strategy_name": "react",
        "agent_parameters": {"query": {"type": "constant", "value": "why"}},
    }
    app = make_app({"agent": agent, "end": out(text="agent.text")}, "start > agent > end")
    agents = ScriptedAgents(
        {"react": (TextMessage(text="be"), TextMessage(text="cause"))},
        parameters={"react": [StrategyParameter(name="query")]},
    )
    assert (await workflow(app, agents=agents)).outputs == {"text": "because"}
    assert agents.calls[0].parameters["query"] == "why"
    assert "strategy 'react'" in (await workflow(app, agents=ScriptedAgents({}))).error


async def test_retries_take_no_time(workflow, make_app, out):
    retry = {"retry_enabled": True, "max_retries": 3, "retry_interval": 600_000}
    app = make_app({"now": {**TOOL, "retry_config": retry}, "end": out(text="now.text")}, "start > now > end")
    clock = ScriptedClock(now=100)
    stubs = {"now": [{"error": "no"}, {"error": "not yet"}, {"outputs": {"text": "noon"}}]}
    played = await workflow(app, stubs=stubs, clock=clock)
    assert (played.outputs, played.node("now").retries) == ({"text": "noon"}, 2)
    assert (clock.slept, clock.time()) == ([600, 600], 1300)


async def test_variables_of_the_file_can_be_replaced(workflow, make_app, out):
    app = make_app(
        {"end": out(mood="conversation.mood", url="env.url", id="sys.workflow_run_id")},
        "start > end",
        conversation_variables=[{"id": "1", "name": "mood", "value_type": "string", "value": "calm"}],
        environment_variables=[{"id": "2", "name": "url", "value_type": "string", "value": "here"}],
    )
    assert (await workflow(app)).outputs == {"mood": "calm", "url": "here", "id": None}
    played = await workflow(
        app, conversation={"mood": "wild"}, environment={"url": "there"}, system={"workflow_run_id": "r"}
    )
    assert played.outputs == {"mood": "wild", "url": "there", "id": "r"}
    with pytest.raises(WorkflowError, match="no conversation variable 'moood'"):
        await workflow(app, conversation={"moood": "x"})


async def test_an_app_is_given_in_many_forms(workflow, make_app, out, tmp_path):
    app = make_app({"end": out(name="start.name")}, "start > end", form=[("name", "text-input")])
    text = yaml.safe_dump(app)
    path = tmp_path / "app.yml"
    path.write_text(text, encoding="utf-8")
    for form in (app, text, text.encode(), path, str(path), from_mapping(app)):
        assert (await workflow(form, inputs={"name": "Ada"})).outputs == {"name": "Ada"}
    with pytest.raises(FileNotFoundError):
        await workflow(Path("no-such-app.yml"))


@pytest.mark.parametrize(("limits", "second"), [(None, "a NodeRunSucceeded"), (RunLimits(), "b NodeRunStarted")])
async def test_branches_take_turns_unless_told_otherwise(workflow, make_app, out, limits, second):
    class Slow:
        async def render(self, source, variables):
            await asyncio.sleep(0)
            return source

    template = {"type": "template-transform", "template": "x", "variables": []}
    app = make_app({"a": template, "b": template, "end": out()}, "start > a > end", "start > b > end")
    played = await workflow(app, services={TemplateRenderer: Slow()}, limits=limits)
    names = [f"{event.node_id} {type(event).__name__}" for event in played.events if isinstance(event, NodeEvent)]
    assert names[names.index("a NodeRunStarted") + 1] == second


async def test_a_journal_of_the_test_is_written(workflow, make_app, out):
    journal = MemoryJournal()
    app = make_app({"end": out()}, "start > end")
    await workflow(app, journal=journal)
    kinds = [entry["kind"] async for entry in journal.read()]
    assert (kinds[0], kinds[-1]) == ("run", "end")
