"""Threads of a conversation, suggested questions, names."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from dify_apps.modes.chat.conversations import NOBODY
from dify_apps.modes.chat.naming import Naming, fallback, title_in
from dify_apps.modes.easy.memory import fitting, follow
from dify_apps.modes.easy.suggestions import questions_in
from dify_apps.services.seams import ConversationNaming, SuggestedQuestions
from dify_apps.tables.messages import CONVERSATIONS
from dify_runtime_sdk.models import Message, ModelId, ModelRateLimitError, ModelType
from dify_runtime_sdk.workflow.memory import ConversationMemory

both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)


def row(name, parent):
    return SimpleNamespace(id=name, parent_message_id=parent)


@pytest.mark.parametrize(
    ("rows", "parent", "thread"),
    [
        ([row("c", NOBODY), row("b", NOBODY), row("a", NOBODY)], NOBODY, "cba"),
        ([row("d", "a"), row("c", "b"), row("b", "a"), row("a", None)], NOBODY, "da"),
        ([row("d", "a"), row("c", "b"), row("b", "a"), row("a", None)], "c", "cba"),
        ([row("x", None), row("b", "a"), row("a", None)], "b", "ba"),
        ([row("c", "b"), row("b", NOBODY), row("a", None)], "c", "cba"),
        ([row("a", None)], "gone", ""),
    ],
)
def test_a_thread_follows_the_parents(rows, parent, thread):
    assert "".join(one.id for one in follow(rows, parent)) == thread


async def test_the_longest_end_that_fits_is_kept():
    history = [Message(role=role, content="word " * 10) for _ in range(8) for role in ("user", "assistant")]

    async def count(messages):
        return sum(len(message.content.split()) for message in messages)

    for room, kept in ((0, 0), (19, 0), (20, 2), (59, 4), (159, 14), (160, 16), (10_000, 16)):
        assert len(await fitting(history, room, count)) == kept


@both
async def test_memory_gives_the_answered_turns_of_the_workspace(run, models):
    memory = await run.booted.services.get(ConversationMemory)
    app = await run.app()
    first = await run.blocking(app, "one")
    conversation = first["conversation_id"]
    await run.blocking(app, "two", conversation_id=conversation)
    models.script = [[ModelRateLimitError("later")]]
    await run.events(app, "three", conversation_id=conversation)
    tenant_id = run.who["tenant_id"]
    found = await memory.history(conversation, tenant_id=tenant_id, limit=100)
    assert [message.content for message in found] == ["one", "Hello there", "two", "Hello there"]
    assert len(await memory.history(conversation, tenant_id=tenant_id, limit=2)) == 2
    assert await memory.history(conversation, tenant_id=conversation, limit=100) == []


@pytest.fixture
async def suggestions(run):
    return await run.booted.services.get(SuggestedQuestions)


async def test_questions_are_suggested_by_the_default_model(run, models, suggestions):
    app = await run.app()
    body = await run.blocking(app, auto_generate_name=False)
    models.defaults = {ModelType.LLM: ModelId("acme", "small")}
    models.script = [['Sure: ["a?", " b? ", 3, "c?", "d?"]']]
    message = {"conversation_id": body["conversation_id"], "message_id": body["message_id"]}
    assert await suggestions.suggest(app, **message) == ["a?", "b?", "c?"]
    assert models.calls[-1].model == ModelId("acme", "small")
    assert "Human: hi there\nAssistant: Hello there" in models.prompt[0][1]


async def test_without_a_default_the_apps_own_model_is_asked(run, models, suggestions):
    app = await run.app()
    body = await run.blocking(app)
    message = {"conversation_id": body["conversation_id"], "message_id": body["message_id"]}
    models.script = [[ModelRateLimitError("later")]]
    with pytest.raises(ModelRateLimitError):
        await suggestions.suggest(app, **message)
    assert models.calls[-1].model.name == "gpt-4o-mini"


async def test_a_message_without_an_answer_suggests_nothing(run, models, suggestions):
    app = await run.app()
    body = await run.blocking(app)
    wrong = {"conversation_id": body["conversation_id"], "message_id": body["conversation_id"]}
    assert await suggestions.suggest(app, **wrong) == []


def test_questions_are_read_from_a_list_alone():
    assert questions_in('["a"]') == ["a"]
    assert questions_in("none") == []
    assert questions_in("[broken") == []
    assert questions_in("[a]") == []


@pytest.mark.parametrize(
    ("query", "name"),
    [("short", "short"), ("x" * 50, "x" * 50), ("x" * 51, "x" * 47 + "...")],
)
def test_a_name_made_of_the_question(query, name):
    assert fallback(query) == name


def test_a_title_is_taken_only_as_asked_for():
    assert title_in('{"title": " A\\nb "}') == "A b"
    assert title_in("w1 w2 w3") == ""
    assert title_in('{"title": 3}') == ""
    assert title_in("{x}") == ""
    assert len(title_in(json.dumps({"title": "x" * 200}))) == 75


async def test_a_long_question_becomes_the_name_where_no_model_gives_one(run, models):
    body = await run.blocking(await run.app(), "a question of thirty characters")

    async def named():
        found = await run.row(CONVERSATIONS, id=body["conversation_id"])
        return found.name == "a question of thirty characters" and found.updated_at == found.created_at

    assert await run.eventually(named)


async def test_a_conversation_keeps_its_first_name_where_the_client_wants_none(run, models):
    body = await run.blocking(await run.app(), "a question of thirty characters", auto_generate_name=False)
    assert (await run.row(CONVERSATIONS, id=body["conversation_id"])).name == "a question of thirty…"


async def test_a_name_that_somebody_gave_meanwhile_stays(run, models):
    app = await run.app()
    body = await run.blocking(app, "a question of thirty characters", auto_generate_name=False)
    naming = await run.booted.services.get(ConversationNaming)
    models.defaults = {ModelType.LLM: ModelId("acme", "small")}
    models.script = [["Hello"], [gate := asyncio.Event(), '{"title": "Other"}']]
    others = [asyncio.create_task(naming.name(app, "other", conversation_id="c")) for _ in range(4)]

    async def all_places_are_taken():
        return len(models.calls) == 5

    assert await run.eventually(all_places_are_taken)
    queued = asyncio.create_task(naming.name_new(body["conversation_id"], app, "a question of thirty characters"))
    await asyncio.sleep(0)
    await run.write(CONVERSATIONS.update().values(name="Mine"))
    gate.set()
    await asyncio.gather(*others, queued)
    assert (await run.row(CONVERSATIONS, id=body["conversation_id"])).name == "Mine"
    assert len(models.calls) == 5  # nobody would see another title


async def test_no_title_is_asked_for_before_the_answer_has_ended(run, models):
    models.defaults = {ModelType.LLM: ModelId("acme", "small")}
    models.script = [["Hel", gate := asyncio.Event(), "lo"], ['{"title": "A title"}']]
    reader = await run.reader(run.request(await run.app()))
    async for one in reader.events():
        if one.event["event"] == "message" and not gate.is_set():
            assert len(models.calls) == 1
            gate.set()
        conversation = one.event["conversation_id"]

    async def named():
        return (await run.row(CONVERSATIONS, id=conversation)).name == "A title"

    assert await run.eventually(named)
    assert len(models.calls) == 2


async def test_a_failing_model_names_by_the_question(run, models):
    models.defaults = {ModelType.LLM: ModelId("acme", "small")}
    models.script = [[ModelRateLimitError("later")]]
    naming = await run.booted.services.get(ConversationNaming)
    assert isinstance(naming, Naming)
    assert await naming.name(await run.app(), "why is it so?", conversation_id="c") == "why is it so?"
