"""Workflows: files, moderation that is not theirs, and texts read aloud."""

import asyncio
from dataclasses import replace

import pytest

from dify_apps.api import InvokeFrom
from dify_apps.modes.graph.shapes import CutLimits, cut
from dify_apps.settings import AppsSettings
from dify_apps.tables.workflows import WORKFLOW_NODE_EXECUTIONS
from dify_runtime_sdk.model_uses import SpeechModels
from dify_runtime_sdk.models import ModelId, ModelType

START = {"type": "start", "variables": [{"variable": "who", "label": "Who", "type": "text-input", "required": False}]}
END = {"type": "end", "outputs": [{"variable": "who", "value_selector": ["start", "who"]}]}
LLM = {
    "type": "llm",
    "model": {"provider": "langgenius/openai/openai", "name": "small", "mode": "chat", "completion_params": {}},
    "prompt_template": [{"role": "user", "text": "hi"}],
    "context": {"enabled": False, "variable_selector": []},
    "vision": {"enabled": False},
}
both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)
PICTURE = {"type": "image", "transfer_method": "remote_url", "url": "http://pictures.invalid/cat.png"}


async def test_moderation_is_not_applied_to_a_workflow(run, models):
    config = {
        "inputs_config": {"enabled": True, "preset_response": "No."},
        "outputs_config": {"enabled": True, "preset_response": "Hush."},
        "keywords": "bomb",
    }
    moderation = {"enabled": True, "type": "keywords", "config": config}
    app = await run.graph(START, END, mode="workflow", sensitive_word_avoidance=moderation)
    body = await run.blocking(app, None, inputs={"who": "a bomb"})
    assert body["data"]["outputs"] == {"who": "a bomb"}


async def test_files_beside_the_inputs_reach_a_workflow_without_rules_for_them(run, models):
    app = await run.graph(START, END, mode="workflow")
    events = await run.events(app, None, files=[PICTURE])
    (file,) = events[0]["data"]["inputs"]["sys.files"]
    assert file["remote_url"] == PICTURE["url"]


def of_node(events, name, node="start"):
    return next(one["data"] for one in events if one["event"] == name and one["data"]["node_id"] == node)


async def test_a_web_app_is_told_of_nodes_without_details(run, models):
    app = await run.graph(START, END, mode="workflow")
    full = await run.events(app, None, inputs={"who": "Ann"})
    run.as_web_app()
    simple = await run.events(app, None, inputs={"who": "Ann"})
    assert [one["event"] for one in simple] == [one["event"] for one in full]
    gone = {"inputs_truncated", "agent_strategy"}
    assert set(of_node(full, "node_started")) - set(of_node(simple, "node_started")) == gone
    gone = {"inputs_truncated", "process_data_truncated", "outputs_truncated"}
    finished = of_node(simple, "node_finished")
    assert set(of_node(full, "node_finished")) - set(finished) == gone
    details = ("inputs", "process_data", "outputs", "error", "execution_metadata", "files", "status")
    assert [finished[name] for name in details] == [None, None, None, None, None, [], "succeeded"]
    assert simple[-1]["data"]["outputs"] == {"who": "Ann"}


async def test_only_programs_are_told_large_variables_whole(run, models):
    app = await run.graph(START, END, mode="workflow")
    large = {"who": "x" * 100_001}
    told = of_node(await run.events(app, None, inputs=large), "node_finished")
    assert (told["outputs"]["who"], told["outputs_truncated"]) == (large["who"], False)
    run.caller = replace(run.caller, invoke_from=InvokeFrom.DEBUGGER)
    told = of_node(await run.events(app, None, inputs=large), "node_finished")
    assert (len(told["outputs"]["who"]), told["outputs_truncated"]) == (100_003, True)


@pytest.mark.parametrize(
    ("variables", "shown", "was_cut"),
    [
        ({"a": "abcd", "b": [1, 2], "c": None}, {"a": "abcd", "b": [1, 2], "c": None}, False),
        ({"a": {"b": ["abcdef", 1, 2, 3]}}, {"a": {"b": ["abcd...", 1, 2]}}, True),
        ({"a": "1234", "b": [[11111], [2], [3]], "c": 5}, {"a": "1234", "b": [[11111], [2], [3]], "c": 5}, False),
        ({"a": "1234", "b": {"é": "éééé"}, "c": ["abcd"]}, {"a": "1234", "b": {"é": "éééé"}, "c": '["abcd...'}, True),
    ],
)
def test_variables_are_cut_by_length_and_then_by_size(variables, shown, was_cut):
    assert cut(variables, CutLimits(size=30, text=4, items=3)) == (shown, was_cut)


def test_the_operator_sets_the_limits():
    settings = AppsSettings(
        WORKFLOW_VARIABLE_TRUNCATION_MAX_SIZE=7,
        WORKFLOW_VARIABLE_TRUNCATION_STRING_LENGTH=8,
        WORKFLOW_VARIABLE_TRUNCATION_ARRAY_LENGTH=9,
    )
    assert CutLimits.of(settings) == CutLimits(size=7, text=8, items=9)
    assert CutLimits.of(AppsSettings()) == CutLimits()


class Voice:
    async def speak(self, request):
        yield request.text.encode()


@pytest.fixture
def voice(offered):
    offered[SpeechModels] = Voice()


async def test_the_text_of_the_end_is_read_aloud_after_it(voice, run, models):
    models.defaults = {ModelType.TTS: ModelId("acme", "voice")}
    speech = {"enabled": True, "voice": "v", "language": "en-US", "autoPlay": "enabled"}
    app = await run.graph(START, END, mode="workflow", text_to_speech=speech)
    events = await run.events(app, None, inputs={"who": "Ann"})
    assert [event["event"] for event in events][-3:] == ["workflow_finished", "tts_message", "tts_message_end"]
    assert events[-2]["audio"] == "QW5u"
    body = await run.blocking(app, None, inputs={"who": "Ann"})
    assert body["data"]["status"] == "succeeded"


@both
async def test_a_node_that_a_stop_cuts_off_has_a_row_that_says_so(run, models):
    models.script = [["Hel", asyncio.Event()]]
    app = await run.graph(START, LLM, END, mode="workflow")
    reader = await run.reader(run.request(app, None))
    async for one in reader.events():
        if one.event["event"] == "node_started" and one.event["data"]["node_type"] == "llm":
            await run.stop(reader.task_id)
    rows = await run.rows(WORKFLOW_NODE_EXECUTIONS, workflow_run_id=one.event["workflow_run_id"])
    found = {row.node_id: (row.status, row.error, row.index, row.finished_at is not None) for row in rows}
    assert found == {"start": ("succeeded", None, 1, True), "llm": ("failed", "Stopped by user.", 2, True)}
