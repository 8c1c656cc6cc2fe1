"""Chatflows: what answers in place of the graph, what looks at its answer, and what the message keeps of it."""

import asyncio
import json
import uuid

import pytest
from sqlalchemy import insert

from dify_apps.tables.annotations import APP_ANNOTATION_HIT_HISTORIES, APP_ANNOTATION_SETTINGS, MESSAGE_ANNOTATIONS
from dify_apps.tables.messages import CONVERSATIONS, MESSAGE_FILES, MESSAGES
from dify_apps.tables.workflows import WORKFLOW_RUNS
from dify_foundation import CodeBasedExtensions, ModerationInputsResult, ModerationOutputsResult
from dify_runtime_sdk import UnknownNameError
from dify_runtime_sdk.knowledge import RetrievalResult, Retriever
from dify_runtime_sdk.model_uses import SpeechModels
from dify_runtime_sdk.models import ModelId, ModelType

both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)

START = {
    "type": "start",
    "variables": [{"variable": "who", "label": "Who", "type": "text-input", "required": False, "max_length": 48}],
}
LLM = {
    "type": "llm",
    "model": {"provider": "langgenius/openai/openai", "name": "small", "mode": "chat", "completion_params": {}},
    "prompt_template": [{"role": "user", "text": "{{#sys.query#}} of {{#start.who#}}"}],
    "context": {"enabled": False, "variable_selector": []},
    "vision": {"enabled": False},
}
ANSWER = {"type": "answer", "answer": "{{#llm.text#}}", "variables": []}
ECHO = {"type": "answer", "answer": "You said {{#sys.query#}}", "variables": []}


def names(events):
    return [event["event"] for event in events]


def moderation(kind="keywords", *, outputs=False, **more):
    config = {
        "inputs_config": {"enabled": not outputs, "preset_response": "No."},
        "outputs_config": {"enabled": outputs, "preset_response": "Hush."},
        **more,
    }
    return {"sensitive_word_avoidance": {"enabled": True, "type": kind, "config": config}}


@both
async def test_a_forbidden_word_is_answered_without_a_run(run, models):
    app = await run.graph(START, ECHO, **moderation(keywords="bomb"))
    events = await run.events(app, "a BOMB?")
    assert names(events) == ["message", "message_end"]
    first, end = events
    assert (first["answer"], first["from_variable_selector"]) == ("No.", None)
    assert "workflow_run_id" not in first
    assert end["metadata"]["annotation_reply"] is None
    assert end["metadata"]["usage"]["total_tokens"] == 0
    message = await run.row(MESSAGES, id=first["message_id"])
    assert (message.answer, message.status, message.workflow_run_id) == ("No.", "normal", None)
    assert await run.rows(WORKFLOW_RUNS) == []
    assert (await run.blocking(app, "a bomb", inputs={}))["answer"] == "No."


async def test_a_question_that_may_pass_is_answered_by_the_graph(run, models):
    app = await run.graph(START, ECHO, **moderation(keywords="bomb"))
    events = await run.events(app, "peace")
    assert names(events)[0] == "workflow_started"
    assert names(events)[-2:] == ["workflow_finished", "message_end"]
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    found = await run.row(WORKFLOW_RUNS, id=message.workflow_run_id)
    assert (message.answer, found.status) == ("You said peace", "succeeded")


async def test_the_row_of_the_run_is_there_before_its_first_event(run, models):
    app = await run.graph(START, ECHO, **moderation(keywords="bomb"))
    reader = await run.reader(run.request(app, "peace"))
    async for one in reader.events():
        assert (await run.row(WORKFLOW_RUNS, id=one.event["workflow_run_id"])).app_id == app.id
        break


async def test_an_unknown_kind_of_moderation_breaks_the_message_off(run, models):
    events = await run.events(await run.graph(START, ECHO, **moderation("nonsense")))
    assert names(events) == ["error"]
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert message.status == "error"
    assert "nonsense" in message.error


class Extensions:
    def get(self, kind, name):
        if (kind, name) != ("moderation", "mine"):
            raise UnknownNameError(name)
        return Judge


class Judge:
    def __init__(self, *, tenant_id, app_id, config):
        pass

    async def moderation_for_inputs(self, inputs, query=""):
        return ModerationInputsResult(flagged=True, action="overridden", inputs={"who": "Bo"}, query=query.upper())

    async def moderation_for_outputs(self, text):
        return ModerationOutputsResult(flagged="w" in text, action="overridden", text=text.replace("w", "v"))


@pytest.fixture
def extensions(offered):
    offered[CodeBasedExtensions] = Extensions()


async def test_an_extension_may_change_what_was_sent(extensions, run, models):
    await run.events(await run.graph(START, LLM, ANSWER, **moderation("mine")), "hi")
    assert models.prompt == [("user", "HI of Bo")]


async def test_an_extension_may_change_what_was_said(extensions, run, models):
    models.script = [["wow"]]
    app = await run.graph(START, LLM, ANSWER, **moderation("mine", outputs=True))
    events = await run.events(app)
    assert names(events)[-3:] == ["workflow_finished", "message_replace", "message_end"]
    assert (events[-2]["answer"], events[-2]["reason"]) == ("vov", "output_moderation")
    assert (await run.row(MESSAGES, id=events[0]["message_id"])).answer == "vov"
    assert (await run.blocking(app))["answer"] == "vov"


async def test_a_long_answer_with_a_forbidden_word_is_replaced_and_the_run_stopped(run, models):
    models.script = [["a" * 290, " has a bo", "mb inside, and more", asyncio.Event()]]
    app = await run.graph(START, LLM, ANSWER, **moderation(outputs=True, keywords="bomb"))
    events = [one for one in await run.events(app) if not one["event"].startswith("node_")]
    assert names(events) == [
        "workflow_started",
        *["message"] * 3,
        "message_replace",
        "workflow_finished",
        "message_end",
    ]
    assert events[4]["answer"] == "Hush."
    finished = events[5]["data"]
    assert (finished["status"], finished["error"]) == ("stopped", "Stopped by output moderation.")
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert (message.answer, message.status) == ("Hush.", "normal")
    assert (await run.row(WORKFLOW_RUNS, id=message.workflow_run_id)).status == "stopped"


async def test_a_short_answer_is_looked_at_when_the_graph_has_ended(run, models):
    models.script = [["a short bomb"]]
    app = await run.graph(START, LLM, ANSWER, **moderation(outputs=True, keywords="bomb"))
    events = await run.events(app)
    assert names(events)[-3:] == ["workflow_finished", "message_replace", "message_end"]
    assert events[-3]["data"]["status"] == "succeeded"
    assert (await run.row(MESSAGES, id=events[0]["message_id"])).answer == "Hush."


async def annotate(run, app, question="hi there"):
    users = {"created_user_id": run.who["account_id"], "updated_user_id": run.who["account_id"]}
    note = {"id": str(uuid.uuid4()), "app_id": app.id, "account_id": run.who["account_id"]}
    await run.write(insert(MESSAGE_ANNOTATIONS).values(question=question, content="By hand", **note))
    setting = {"app_id": app.id, "score_threshold": 0.9, "collection_binding_id": note["id"], **users}
    await run.write(insert(APP_ANNOTATION_SETTINGS).values(**setting))
    return note["id"]


@both
async def test_an_annotation_answers_in_place_of_the_graph(run, models):
    app = await run.graph(START, ECHO)
    note = await annotate(run, app)
    events = await run.events(app)
    assert names(events) == ["message", "message_end"]
    assert events[0]["answer"] == "By hand"
    assert set(events[1]["metadata"]) == {"retriever_resources", "usage"}
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert message.workflow_run_id is None
    assert json.loads(message.message_metadata)["annotation_reply"]["id"] == note
    assert (await run.row(APP_ANNOTATION_HIT_HISTORIES, app_id=app.id)).message_id == message.id
    assert (await run.blocking(app, "something else"))["answer"] == "You said something else"


TITLE = ['{"title": "A greeting"}']


async def name_of(run, events_or_body):
    conversation = events_or_body["conversation_id"]
    return (await run.row(CONVERSATIONS, id=conversation)).name


async def test_a_conversation_is_named_where_the_client_asks_for_it(run, models):
    models.defaults = {ModelType.LLM: ModelId("openai", "small")}
    models.script = [TITLE]
    app = await run.graph(START, ECHO)
    body = await run.blocking(app, auto_generate_name=True)

    async def named():
        return await name_of(run, body) == "A greeting"

    assert await run.eventually(named)
    quiet = await run.blocking(app, "and you")
    again = await run.blocking(app, "once more", conversation_id=body["conversation_id"], auto_generate_name=True)
    assert (await name_of(run, quiet), await name_of(run, again)) == ("and you", "A greeting")
    assert len(models.calls) == 1


class Passages:
    async def retrieve(self, request):
        return RetrievalResult(records=[passage("a", 1), passage("a", 2), passage("b", 3)])


def passage(document, segment):
    known = {"_source": "knowledge", "dataset_id": "d", "document_id": document}
    metadata = {**known, "segment_id": str(segment), "position": segment}
    return {"content": f"passage {segment}", "title": document, "metadata": metadata, "files": None, "summary": None}


KNOWLEDGE = {
    "type": "knowledge-retrieval",
    "id": "know",
    "dataset_ids": ["11111111-1111-4111-8111-111111111111"],
    "query_variable_selector": ["sys", "query"],
    "retrieval_mode": "multiple",
    "multiple_retrieval_config": {"top_k": 3, "reranking_enable": False},
}
FROM_PASSAGES = {**LLM, "context": {"enabled": True, "variable_selector": ["know", "result"]}}


@pytest.fixture
def passages(offered):
    offered[Retriever] = Passages()


async def test_each_document_that_an_answer_rests_on_is_named_once(passages, run, models):
    app = await run.graph(START, KNOWLEDGE, FROM_PASSAGES, ANSWER, retriever_resource={"enabled": True})
    resources = (await run.events(app))[-1]["metadata"]["retriever_resources"]
    assert [(one["position"], one["document_id"], one["content"]) for one in resources] == [
        (1, "a", "passage 1"),
        (2, "b", "passage 3"),
    ]


async def test_sources_are_told_only_where_the_app_shows_them(passages, run, models):
    app = await run.graph(START, KNOWLEDGE, FROM_PASSAGES, ANSWER)
    events = await run.events(app)
    assert events[-1]["metadata"]["retriever_resources"] == []
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert json.loads(message.message_metadata)["retriever_resources"] == []


async def test_a_web_app_is_told_neither_the_cost_nor_the_annotation_in_one_body(passages, run, models):
    run.as_web_app()
    app = await run.graph(START, KNOWLEDGE, FROM_PASSAGES, ANSWER, retriever_resource={"enabled": True})
    metadata = (await run.blocking(app))["metadata"]
    assert set(metadata) == {"retriever_resources"}
    assert set(metadata["retriever_resources"][0]) == {
        "segment_id", "position", "document_name", "score", "content", "summary",
    }  # fmt: skip


UPLOAD = {
    "file_upload": {"enabled": True, "allowed_file_types": ["image"], "allowed_file_upload_methods": ["remote_url"]}
}
PICTURE = {"type": "image", "transfer_method": "remote_url", "url": "http://pictures.invalid/cat.png"}
SHOWING = {"type": "answer", "answer": "Look: {{#sys.files#}} ![cat](http://a/b.png) nice", "variables": []}


async def test_the_files_of_an_answer_belong_to_its_message(run, models):
    app = await run.graph(START, SHOWING, **UPLOAD)
    events = await run.events(app, files=[PICTURE])
    (file,) = events[-1]["files"]
    assert (file["dify_model_identity"], file["remote_url"]) == ("__dify__file__", PICTURE["url"])
    rows = await run.rows(MESSAGE_FILES, message_id=events[0]["message_id"])
    assert sorted(row.belongs_to for row in rows) == ["assistant", "user"]
    assert "![" not in (await run.row(MESSAGES, id=events[0]["message_id"])).answer


async def test_the_old_switch_for_images_lets_files_in(run, models):
    old = {"image": {"enabled": True, "number_limits": 1, "transfer_methods": ["remote_url"]}}
    events = await run.events(await run.graph(START, SHOWING, file_upload=old), files=[PICTURE])
    assert len(events[0]["data"]["inputs"]["sys.files"]) == 1
    events = await run.events(await run.graph(START, SHOWING), files=[PICTURE])
    assert events[0]["data"]["inputs"]["sys.files"] == []


class Voice:
    async def speak(self, request):
        yield request.text.encode()


async def test_an_answer_is_read_aloud_after_its_end(voice, run, models):
    models.defaults = {ModelType.TTS: ModelId("acme", "voice")}
    speech = {"text_to_speech": {"enabled": True, "voice": "v", "language": "en-US", "autoPlay": "enabled"}}
    events = await run.events(await run.graph(START, ECHO, **speech), "yes")
    assert names(events)[-4:] == ["workflow_finished", "message_end", "tts_message", "tts_message_end"]
    assert events[-2]["audio"] == "WW91IHNhaWQgeWVz"


@pytest.fixture
def voice(offered):
    offered[SpeechModels] = Voice()


async def test_the_rows_keep_the_features_that_the_turn_ran_with(run, models):
    app = await run.graph(START, ECHO, opening_statement="Hi {{who}}")
    body = await run.blocking(app, inputs={"who": "Ann"})
    conversation = await run.row(CONVERSATIONS, id=body["conversation_id"])
    assert json.loads(conversation.override_model_configs)["opening_statement"] == "Hi {{who}}"
    assert conversation.introduction == "Hi Ann"


class Slow:
    """A moderation that never comes to an end."""

    def __init__(self):
        self.asked = asyncio.Event()

    def get(self, kind, name):
        return lambda **_: self

    async def moderation_for_inputs(self, inputs, query=""):
        self.asked.set()
        await asyncio.Event().wait()


@pytest.fixture
def slow(offered):
    offered[CodeBasedExtensions] = Slow()
    return offered[CodeBasedExtensions]


async def test_a_stop_while_moderation_judges_ends_the_turn_without_a_run(slow, run, models):
    reader = await run.reader(run.request(await run.graph(START, ECHO, **moderation("slow"))))
    await slow.asked.wait()
    await run.stop(reader.task_id)
    assert names([one.event async for one in reader.events()]) == ["message_end"]
    assert await run.rows(WORKFLOW_RUNS) == []
