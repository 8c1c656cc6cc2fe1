"""Chat apps: turns of a conversation."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from dify_apps.errors import ConversationNotExists
from dify_apps.tables.messages import CONVERSATIONS, MESSAGES
from dify_database import count_statements
from dify_runtime_sdk.http import HttpError, InvalidParam
from dify_runtime_sdk.models import ModelCredentialsMissingError, ModelId, ModelRateLimitError, ModelType

pytestmark = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)


def text(events):
    return "".join(event["answer"] for event in events if event["event"] == "message")


async def test_an_answer_is_streamed_and_ends_with_what_it_cost(run, models):
    app = await run.app()
    events = await run.events(app)
    assert [event["event"] for event in events] == ["message", "message", "message_end"]
    first, end = events[0], events[-1]
    assert set(first) == {
        "event", "conversation_id", "message_id", "created_at", "task_id", "id", "answer", "from_variable_selector",
    }  # fmt: skip
    assert first["id"] == first["message_id"]
    assert first["from_variable_selector"] is None
    assert text(events) == "Hello there"
    assert end["files"] is None
    assert end["metadata"]["annotation_reply"] is None
    assert end["metadata"]["retriever_resources"] == []
    usage = end["metadata"]["usage"]
    assert usage["prompt_tokens"] == 8
    assert usage["prompt_price"] == "8E-7"
    assert usage["time_to_first_token"] is None
    assert usage["time_to_generate"] is None


async def test_the_prompt_is_the_authors_text_and_the_question(run, models):
    await run.events(await run.app())
    assert models.prompt == [("system", "You are a helper for Ann."), ("user", "hi there")]
    call = models.calls[-1]
    assert call.model == ModelId("langgenius/openai/openai", "gpt-4o-mini")
    assert dict(call.parameters) == {"temperature": 0.7}
    assert call.stop == ()


async def test_the_blocking_answer_has_the_same_in_one_body(run, models):
    body = await run.blocking(await run.app())
    assert set(body) == {
        "event", "task_id", "id", "message_id", "conversation_id", "mode", "answer", "metadata", "created_at",
    }  # fmt: skip
    assert (body["event"], body["mode"], body["answer"]) == ("message", "chat", "Hello there")
    assert body["metadata"]["usage"]["prompt_price"] == "0.0000008"


async def test_the_rows_of_a_turn_hold_everything(run, models):
    app = await run.app()
    body = await run.blocking(app)
    conversation = await run.row(CONVERSATIONS, id=body["conversation_id"])
    assert conversation.introduction == "Hi, Ann!"
    assert conversation.name == "hi there"
    assert (conversation.model_provider, conversation.model_id) == ("langgenius/openai/openai", "gpt-4o-mini")
    assert conversation.app_model_config_id == app.config_id
    message = await run.row(MESSAGES, id=body["message_id"])
    assert (message.query, message.answer, message.status) == ("hi there", "Hello there", "normal")
    assert message.message == [
        {"role": "system", "text": "You are a helper for Ann.", "files": []},
        {"role": "user", "text": "hi there", "files": []},
    ]
    assert (message.message_tokens, message.answer_tokens) == (8, 2)
    assert message.answer_unit_price == Decimal("0.60")
    assert message.total_price == Decimal("0.0000308")
    assert message.provider_response_latency > 0
    assert json.loads(message.message_metadata)["usage"]["total_tokens"] == 10


async def test_a_second_turn_brings_the_first_into_the_prompt(run, models):
    app = await run.app()
    first = await run.blocking(app)
    models.script = [["again I say"]]
    await run.events(app, "again", conversation_id=first["conversation_id"])
    assert models.prompt == [
        ("system", "You are a helper for Ann."),
        ("user", "hi there"),
        ("assistant", "Hello there"),
        ("user", "again"),
    ]
    conversation = await run.row(CONVERSATIONS, id=first["conversation_id"])
    assert conversation.dialogue_count == 2


async def test_history_is_cut_to_the_room_that_the_model_has(run, models):
    app = await run.app()
    first = await run.blocking(app, "one " * 30)
    models.facts = {"context_size": 38}
    await run.blocking(app, "two", conversation_id=first["conversation_id"])
    assert [content for _, content in models.prompt] == ["You are a helper for Ann.", "two"]
    await run.blocking(app, "three", conversation_id=first["conversation_id"])
    assert [content for _, content in models.prompt] == ["You are a helper for Ann.", "two", "Hello there", "three"]


async def test_the_answer_is_cut_to_the_room_that_the_prompt_leaves(run, models):
    config = {"completion_params": {"max_tokens": 50}, "mode": "chat", "name": "m", "provider": "openai"}
    app = await run.app(model=config)
    models.facts = {"context_size": 40}
    await run.blocking(app)
    assert models.calls[-1].parameters["max_tokens"] == 32
    models.facts = {"context_size": 10}
    await run.blocking(app)
    assert models.calls[-1].parameters["max_tokens"] == 16


async def test_the_conversation_of_somebody_else_is_not_found(run, models):
    app = await run.app()
    first = await run.blocking(app)
    run.caller = replace(run.caller, id="11111111-1111-4111-8111-111111111111")
    with pytest.raises(ConversationNotExists):
        await run.blocking(app, conversation_id=first["conversation_id"])


@pytest.mark.parametrize("query", [None, ""])
async def test_a_question_is_required(run, models, query):
    with pytest.raises(InvalidParam, match="query is required"):
        await run.blocking(await run.app(), query)


async def test_inputs_are_checked_in_every_turn(run, models):
    app = await run.app()
    first = await run.blocking(app)
    with pytest.raises(InvalidParam, match="who is required in input form"):
        await run.blocking(app, conversation_id=first["conversation_id"], inputs={})


async def test_a_failing_model_is_told_and_recorded(run, models):
    app = await run.app()
    models.script = [["Half", ModelRateLimitError("[openai] Rate Limit Error, stub")]]
    events = await run.events(app)
    assert events[-1]["event"] == "error"
    assert events[-1]["code"] == "completion_request_error"
    assert events[-1]["message"] == "[openai] Rate Limit Error, stub"
    assert "task_id" not in events[-1]
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert (message.status, message.error) == ("error", "[openai] Rate Limit Error, stub")


async def test_missing_credentials_are_an_error_answer_without_a_stream(run, models):
    models.script = [[ModelCredentialsMissingError("no key")]]
    with pytest.raises(HttpError) as caught:
        await run.blocking(await run.app())
    assert (caught.value.status, caught.value.code) == (400, "provider_not_initialize")


async def test_a_run_that_is_stopped_keeps_what_was_said(run, models):
    app = await run.app()
    never = asyncio.Event()
    models.script = [["One two", never]]
    reader = await run.reader(run.request(app))
    seen = []
    async for one in reader.events():
        seen.append(one.event)
        if len(seen) == 1:
            await run.stop(reader.task_id)
    assert [event["event"] for event in seen] == ["message", "message_end"]
    usage = seen[-1]["metadata"]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (8, 2)
    message = await run.row(MESSAGES, id=seen[0]["message_id"])
    assert (message.answer, message.status) == ("One two", "normal")
    assert models.closed == 1


async def test_a_first_turn_takes_five_statements_and_the_app(run, models):
    app = await run.app()
    request = {"auto_generate_name": False}
    await run.events(app, **request)  # settings of annotations are remembered from here on
    with count_statements() as count:
        await run.events(app, **request)
    assert len(count) <= 5, count


async def test_a_model_that_says_no_cost_is_counted(run, models):
    models.priced = False
    body = await run.blocking(await run.app())
    usage = body["metadata"]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (8, 2, 10)


async def test_double_braces_become_single_in_the_row(run, models):
    models.script = [["use {{name}} here "]]
    body = await run.blocking(await run.app())
    assert body["answer"] == "use {{name}} here "
    message = await run.row(MESSAGES, id=body["message_id"])
    assert message.answer == "use {name} here"


async def test_a_web_app_is_not_told_the_cost_in_a_body(run, models):
    run.as_web_app()
    app = await run.app()
    body = await run.blocking(app)
    assert body["metadata"] == {"retriever_resources": []}
    events = await run.events(app)
    assert "usage" in events[-1]["metadata"]


async def test_a_web_client_chooses_the_thread_by_its_parent(run, models):
    app = await run.app()
    run.as_web_app()
    first = await run.blocking(app, "one")
    conversation = {"conversation_id": first["conversation_id"]}
    second = await run.blocking(app, "two", parent_message_id=first["message_id"], **conversation)
    await run.blocking(app, "two again", parent_message_id=first["message_id"], **conversation)
    assert [content for _, content in models.prompt][1:] == ["one", "Hello there", "two again"]
    await run.blocking(app, "three", parent_message_id=second["message_id"], **conversation)
    asked = [content for role, content in models.prompt if role == "user"]
    assert asked == ["one", "two", "three"]
    await run.blocking(app, "anew", **conversation)
    assert [content for role, content in models.prompt if role == "user"] == ["anew"]


async def test_without_models_the_error_says_what_to_install(run, models):
    from dify_apps.modes.easy.calling import ModelCaller
    from dify_runtime_sdk.models import ModelNotFoundError

    class Nothing:
        def offered(self, key):
            return False

    with pytest.raises(ModelNotFoundError) as caught:
        await ModelCaller(Nothing()).models()
    assert caught.value.hint == "install dify-runtime-models"
    assert await ModelCaller(Nothing()).default("t") is None


async def test_a_conversation_gets_a_name_of_the_default_model_afterwards(run, models):
    models.defaults = {ModelType.LLM: ModelId("openai", "small")}
    models.script = [["Hello"], ['```json\n{"title": "A  greeting"}\n```']]
    body = await run.blocking(await run.app())

    async def named():
        row = await run.row(CONVERSATIONS, id=body["conversation_id"])
        return row.name == "A greeting"

    assert await run.eventually(named)
    assert models.calls[-1].model == ModelId("openai", "small")
    assert "hi there" in models.prompt[0][1]


async def test_two_turns_at_once_in_one_conversation_are_both_answered(run, models):
    app = await run.app()
    first = await run.blocking(app)
    conversation = {"conversation_id": first["conversation_id"]}
    bodies = await asyncio.gather(*[run.blocking(app, query, **conversation) for query in ("a", "b")])
    answers = [(await run.row(MESSAGES, id=body["message_id"])).answer for body in bodies]
    assert answers == ["Hello there", "Hello there"]
    assert len(await run.rows(MESSAGES, conversation_id=first["conversation_id"])) == 3
    assert (await run.row(CONVERSATIONS, id=first["conversation_id"])).dialogue_count == 3
