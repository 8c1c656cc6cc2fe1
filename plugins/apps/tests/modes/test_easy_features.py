"""Features of easy apps: moderation, annotation replies, external data, knowledge, files, speech."""

import asyncio

import pytest
from sqlalchemy import insert

from dify_apps.tables.annotations import (
    APP_ANNOTATION_HIT_HISTORIES,
    APP_ANNOTATION_SETTINGS,
    MESSAGE_ANNOTATIONS,
    RUNTIME_ANNOTATION_MODELS,
)
from dify_apps.tables.messages import MESSAGES
from dify_foundation import CodeBasedExtensions, ModerationInputsResult, ModerationOutputsResult
from dify_runtime_sdk import UnknownNameError
from dify_runtime_sdk.knowledge import RetrievalError, RetrievalResult, Retriever
from dify_runtime_sdk.model_uses import Embeddings, ModerationModels, SpeechModels, TextEmbeddings
from dify_runtime_sdk.models import ModelId, ModelType

both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)
ID = "33333333-3333-4333-8333-333333333333"


def moderation(kind="keywords", *, outputs=False, **more):
    config = {
        "inputs_config": {"enabled": not outputs, "preset_response": "No."},
        "outputs_config": {"enabled": outputs, "preset_response": "Hush."},
        **more,
    }
    return {"sensitive_word_avoidance": {"enabled": True, "type": kind, "config": config}}


def names(events):
    return [event["event"] for event in events]


async def test_a_forbidden_word_is_answered_without_a_model(run, models):
    app = await run.app(**moderation(keywords="bomb\nGUN"))
    for request in ({"query": "a Gun?"}, {"inputs": {"who": "Bombay"}}):
        events = await run.events(app, **{"query": "hi", **request})
        assert names(events) == ["message", "message_end"]
        assert events[0]["answer"] == "No."
        assert events[1]["metadata"]["usage"]["total_tokens"] == 0
        assert (await run.row(MESSAGES, id=events[0]["message_id"])).answer == "No."
    assert models.calls == []
    assert (await run.blocking(app, "fine"))["answer"] == "Hello there"


async def test_an_answer_with_a_forbidden_word_is_replaced_and_the_model_stopped(run, models):
    models.script = [["a" * 290, " has a bo", "mb inside, and more", asyncio.Event()]]
    app = await run.app(**moderation(outputs=True, keywords="bomb"))
    events = await run.events(app)
    assert names(events) == ["message", "message", "message", "message_replace", "message_end"]
    assert (events[3]["answer"], events[3]["reason"]) == ("Hush.", "")
    assert models.closed == 1
    assert (await run.row(MESSAGES, id=events[0]["message_id"])).answer == "Hush."
    models.script = [["ok"], ["a short bomb"]]
    models.calls.clear()
    assert (await run.blocking(app))["answer"] == "ok"
    assert (await run.blocking(app))["answer"] == "Hush."


class Flags:
    def __init__(self):
        self.requests = []

    async def flagged(self, request):
        self.requests.append(request)
        return "bad" in request.text


@pytest.fixture
def flags(offered):
    offered[ModerationModels] = Flags()
    return offered[ModerationModels]


async def test_the_default_moderation_model_judges(flags, run, models):
    models.defaults = {ModelType.MODERATION: ModelId("acme", "judge")}
    app = await run.app(**moderation("openai_moderation"))
    assert (await run.blocking(app, "something bad"))["answer"] == "No."
    assert flags.requests[0].model == ModelId("acme", "judge")
    models.defaults = {}
    assert (await run.blocking(app, "something good"))["answer"] == "Hello there"
    assert flags.requests[1].model.provider == "langgenius/openai/openai"


async def test_an_unknown_kind_of_moderation_is_an_error(run, models):
    events = await run.events(await run.app(**moderation("nonsense")))
    assert names(events) == ["error"]
    assert "nonsense" in events[0]["message"]


class Extensions:
    """Code-based extensions of two kinds."""

    def get(self, kind, name):
        if name != "mine":
            raise UnknownNameError(name)
        return Judge if kind == "moderation" else Tool


class Judge:
    def __init__(self, *, tenant_id, app_id, config):
        self.config = config

    async def moderation_for_inputs(self, inputs, query=""):
        inputs = {"who": "Bo"}
        return ModerationInputsResult(flagged=True, action="overridden", inputs=inputs, query=query.upper())

    async def moderation_for_outputs(self, text):
        return ModerationOutputsResult(flagged="w" in text, action="overridden", text=text.replace("w", "v"))


class Tool:
    def __init__(self, *, tenant_id, app_id, variable, config):
        self.variable = variable

    async def query(self, inputs, query=None):
        return f"{self.variable} of {inputs['who']}: {query}"


@pytest.fixture
def extensions(offered):
    offered[CodeBasedExtensions] = Extensions()


async def test_an_extension_may_change_what_was_sent_and_said(extensions, run, models):
    models.script = [["wow"]]
    app = await run.app(**moderation("mine"))
    await run.blocking(app, "hi")
    assert models.prompt == [("system", "You are a helper for Bo."), ("user", "HI")]
    assert (await run.blocking(await run.app(**moderation("mine", outputs=True))))["answer"] == "vov"


async def test_an_external_data_tool_fills_a_variable(extensions, run, models):
    tools = [{"enabled": True, "variable": "fact", "type": "mine", "config": {}}]
    app = await run.app(external_data_tools=tools, pre_prompt="Know {{fact}}.")
    await run.blocking(app, "why")
    assert models.prompt[0] == ("system", "Know fact of Ann: why.")
    form = [
        {"text-input": {"label": "Who", "variable": "who", "required": True}},
        {"external_data_tool": {"label": "F", "variable": "fact", "type": "mine", "required": True, "config": {}}},
    ]
    await run.blocking(await run.app(user_input_form=form, pre_prompt="Know {{fact}}!"), "how")
    assert models.prompt[0] == ("system", "Know fact of Ann: how!")


class OneRecord:
    def __init__(self):
        self.requests = []
        self.error = None

    async def retrieve(self, request):
        self.requests.append(request)
        if self.error:
            raise self.error
        return RetrievalResult(records=[record("x", "The sky is blue."), record("y", "Grass is green.")])


def record(document, content):
    metadata = {
        "dataset_id": "d",
        "dataset_name": "facts",
        "document_id": document,
        "document_name": f"{document}.txt",
        "data_source_type": "upload_file",
        "segment_id": f"s{document}",
        "score": 0.9,
        "segment_hit_count": 3,
    }
    return {"content": content, "title": f"{document}.txt", "metadata": metadata, "files": None, "summary": None}


@pytest.fixture
def retriever(offered):
    offered[Retriever] = OneRecord()
    return offered[Retriever]


DATASETS = {
    "retrieval_model": "multiple",
    "top_k": 2,
    "score_threshold": 0.4,
    "score_threshold_enabled": True,
    "reranking_model": {"reranking_provider_name": "acme", "reranking_model_name": "rank"},
    "datasets": {"datasets": [{"dataset": {"enabled": True, "id": "d"}}, {"dataset": {"enabled": False, "id": "e"}}]},
    "metadata_filtering_mode": "manual",
    "metadata_filtering_conditions": {
        "logical_operator": "and",
        "conditions": [{"name": "author", "comparison_operator": "is", "value": "{{who}}"}],
    },
}


async def test_passages_reach_the_prompt_and_the_sources_the_client(retriever, run, models):
    events = await run.events(await run.app(dataset_configs=DATASETS), "sky?")
    assert "The sky is blue.\nGrass is green." in models.prompt[0][1]
    asked = retriever.requests[0]
    assert (asked.dataset_ids, asked.query, asked.mode) == (("d",), "sky?", "multiple")
    assert (asked.multiple["top_k"], asked.multiple["score_threshold"]) == (2, 0.4)
    assert asked.multiple["reranking_model"] == {"provider": "acme", "model": "rank"}
    assert (asked.metadata_filtering, asked.metadata_operator) == ("manual", "and")
    assert asked.metadata_conditions[0].value == "Ann"
    first, second = events[-1]["metadata"]["retriever_resources"]
    assert (first["position"], second["position"]) == (1, 2)
    assert (first["document_name"], first["content"], first["retriever_from"]) == ("x.txt", "The sky is blue.", "api")
    assert first["hit_count"] is None


async def test_sources_are_told_only_where_the_app_shows_them(retriever, run, models):
    app = await run.app(dataset_configs=DATASETS, retriever_resource={"enabled": False})
    assert (await run.blocking(app))["metadata"]["retriever_resources"] == []


async def test_a_web_app_is_told_the_short_form_of_sources(retriever, run, models):
    run.as_web_app()
    (first, _) = (await run.blocking(await run.app(dataset_configs=DATASETS)))["metadata"]["retriever_resources"]
    assert set(first) == {"segment_id", "position", "document_name", "score", "content", "summary"}


async def test_a_completion_app_searches_for_the_input_that_it_names(retriever, run, models):
    app = await run.app("completion", dataset_configs=DATASETS, dataset_query_variable="who")
    await run.blocking(app, "")
    assert retriever.requests[0].query == "Ann"


async def test_a_failed_search_is_an_error(retriever, run, models):
    retriever.error = RetrievalError("the vector store is away")
    events = await run.events(await run.app(dataset_configs=DATASETS))
    assert (events[-1]["event"], events[-1]["message"]) == ("error", "the vector store is away")


async def test_without_a_plugin_that_searches_datasets_are_ignored(run, models, caplog):
    assert (await run.blocking(await run.app(dataset_configs=DATASETS)))["answer"] == "Hello there"
    assert "they are ignored" in caplog.text


class Meanings:
    """Vectors by the first letter."""

    def __init__(self):
        self.requests = []

    async def embed(self, request):
        self.requests.append(request)
        return Embeddings(vectors=[[1.0, 0.0] if text[0] in "hH" else [0.0, 1.0] for text in request.texts])


@pytest.fixture
def meanings(offered):
    offered[TextEmbeddings] = Meanings()
    return offered[TextEmbeddings]


async def annotate(run, app, *, threshold=0.9):
    common = {"app_id": app.id, "account_id": run.who["account_id"]}
    for number, question in enumerate(("what is it?", "hi there")):
        row = {"id": ID[:-1] + str(number), "question": question, "content": f"By hand {number}", **common}
        await run.write(insert(MESSAGE_ANNOTATIONS).values(**row))
    users = {"created_user_id": run.who["account_id"], "updated_user_id": run.who["account_id"]}
    setting = {"app_id": app.id, "score_threshold": threshold, "collection_binding_id": ID, **users}
    await run.write(insert(APP_ANNOTATION_SETTINGS).values(**setting))


@both
async def test_an_annotation_answers_in_place_of_the_model(run, models):
    app = await run.app()
    await annotate(run, app)
    events = await run.events(app)
    assert names(events) == ["message", "message_end"]
    assert events[0]["answer"] == "By hand 1"
    account = {"id": run.who["account_id"], "name": "Ann"}
    assert events[1]["metadata"]["annotation_reply"] == {"id": ID[:-1] + "1", "account": account}
    assert models.calls == []
    assert (await run.row(MESSAGE_ANNOTATIONS, id=ID[:-1] + "1")).hit_count == 1
    hit = await run.row(APP_ANNOTATION_HIT_HISTORIES, app_id=app.id)
    assert (hit.source, hit.score, hit.message_id) == ("api", 1.0, events[0]["message_id"])
    assert (await run.blocking(app, "hello you"))["answer"] == "Hello there"


async def test_an_annotation_is_found_by_its_meaning(meanings, run, models):
    models.defaults = {ModelType.TEXT_EMBEDDING: ModelId("acme", "embed")}
    app = await run.app()
    await annotate(run, app)
    assert (await run.blocking(app, "hello you"))["answer"] == "By hand 1"
    assert (await run.blocking(app, "hello me"))["answer"] == "By hand 1"
    assert [one.purpose for one in meanings.requests] == ["document", "query", "query"]
    assert {one.model for one in meanings.requests} == {ModelId("acme", "embed")}


async def test_annotations_are_compared_by_the_model_that_the_app_names(meanings, run, models):
    models.defaults = {ModelType.TEXT_EMBEDDING: ModelId("acme", "embed")}
    app = await run.app()
    await annotate(run, app)
    own = {"app_id": app.id, "provider_name": "own", "model_name": "better"}
    await run.write(insert(RUNTIME_ANNOTATION_MODELS).values(**own))
    assert (await run.blocking(app, "hello you"))["answer"] == "By hand 1"
    assert {one.model for one in meanings.requests} == {ModelId("own", "better")}


async def test_annotations_are_not_looked_at_where_they_are_off(run, models):
    app = await run.app()
    await run.write(
        insert(MESSAGE_ANNOTATIONS).values(
            id=ID, app_id=app.id, account_id=run.who["account_id"], question="hi there", content="By hand"
        )
    )
    assert (await run.blocking(app))["answer"] == "Hello there"


class Voice:
    async def speak(self, request):
        yield b"one"
        yield b"two"


@pytest.fixture
def voice(offered):
    offered[SpeechModels] = Voice()


SPEECH = {"text_to_speech": {"enabled": True, "voice": "v", "language": "en-US", "autoPlay": "enabled"}}


async def test_an_answer_is_read_aloud_after_its_end(voice, run, models):
    models.defaults = {ModelType.TTS: ModelId("acme", "voice")}
    events = await run.events(await run.app(**SPEECH))
    assert names(events)[-4:] == ["message_end", "tts_message", "tts_message", "tts_message_end"]
    assert [event["audio"] for event in events[-3:]] == ["b25l", "dHdv", ""]
    assert (await run.blocking(await run.app(**SPEECH)))["answer"] == "Hello there"
