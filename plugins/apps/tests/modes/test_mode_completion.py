"""Completion apps: one request, one answer, nothing remembered."""

from decimal import Decimal

import pytest

from dify_apps.modes.completion import warmer
from dify_apps.tables.messages import CONVERSATIONS, MESSAGES

pytestmark = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)

FORM = [
    {"paragraph": {"label": "Query", "variable": "query", "required": True, "max_length": 2048}},
    {"select": {"label": "Language", "variable": "lang", "options": ["en", "de"], "default": "en"}},
]
CONFIG = {"pre_prompt": "Summarise: {{query}} in {{lang}}", "user_input_form": FORM, "opening_statement": ""}


async def test_the_prompt_is_the_text_filled_with_inputs(run, models):
    app = await run.app("completion", **CONFIG)
    await run.blocking(app, "", inputs={"query": "long text"})
    assert models.prompt == [("user", "Summarise: long text in en")]


async def test_events_name_no_conversation(run, models):
    app = await run.app("completion", **CONFIG)
    events = await run.events(app, None, inputs={"query": "long text", "lang": "de"})
    assert [event["event"] for event in events] == ["message", "message", "message_end"]
    assert set(events[0]) == {
        "event", "message_id", "created_at", "task_id", "id", "answer", "from_variable_selector",
    }  # fmt: skip


async def test_the_body_names_no_conversation_and_has_plain_prices(run, models):
    app = await run.app("completion", **CONFIG)
    body = await run.blocking(app, "", inputs={"query": "long text"})
    assert set(body) == {"event", "task_id", "id", "message_id", "mode", "answer", "metadata", "created_at"}
    assert (body["event"], body["mode"]) == ("message", "completion")
    assert body["metadata"]["usage"]["prompt_price"] == "0.0000008"


async def test_each_request_has_a_conversation_of_its_own_in_the_rows(run, models):
    app = await run.app("completion", **CONFIG)
    bodies = [await run.blocking(app, "", inputs={"query": text}) for text in ("one", "two")]
    rows = [await run.row(MESSAGES, id=body["message_id"]) for body in bodies]
    assert len({row.conversation_id for row in rows}) == 2
    conversation = await run.row(CONVERSATIONS, id=rows[0].conversation_id)
    assert (conversation.mode, conversation.dialogue_count) == ("completion", 1)
    assert rows[0].total_price == Decimal("0.0000308")


async def test_a_question_is_asked_after_the_text(run, models):
    app = await run.app("completion", **CONFIG)
    await run.blocking(app, "why?", inputs={"query": "long text"})
    assert models.prompt == [("system", "Summarise: long text in en"), ("user", "why?")]


async def test_a_web_app_is_not_told_the_cost(run, models):
    run.as_web_app()
    app = await run.app("completion", **CONFIG)
    events = await run.events(app, None, inputs={"query": "x"})
    assert events[-1]["metadata"] == {"retriever_resources": []}
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert '"usage"' in message.message_metadata


async def test_one_more_answer_is_given_at_another_temperature(run, models):
    app = await run.app("completion", **CONFIG)
    await run.blocking(app, "", inputs={"query": "x"})
    await run.blocking(warmer(app), "", inputs={"query": "x"})
    assert [call.parameters["temperature"] for call in models.calls] == [0.7, 0.9]
