"""What apps refuse: when they are switched off, unpublished, or asked for what is not there."""

import pytest
from sqlalchemy import update

from dify_apps.tables.apps import APPS
from dify_apps.tables.messages import CONVERSATIONS, MESSAGES
from dify_apps.tables.workflows import WORKFLOWS
from plugins.apps.tests.service.serving import World, chatflow, workflow

NOBODY = "00000000-0000-4000-8000-000000000000"
OPERATIONS = (
    ("GET", "/info", {}),
    ("GET", "/parameters", {}),
    ("POST", "/chat-messages", {"json": {"inputs": {}, "query": "q", "user": "u"}}),
    ("GET", f"/workflow/{NOBODY}/events", {"params": {"user": "u"}}),
    ("POST", "/files/upload", {"files": {"file": ("a.txt", b"a", "text/plain")}}),
    ("POST", "/audio-to-text", {"files": {"file": ("a.mp3", b"a", "audio/mpeg")}}),
    ("GET", "/apps/annotations", {}),
)


async def change(world, table, condition, **values):
    database = await world.database()
    await database.write(lambda session: session.execute(update(table).where(condition).values(**values)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"enable_api": False}, "The app's API service has been disabled."),
        ({"status": "stopped"}, "The app's status is abnormal."),
    ],
)
async def test_an_app_that_is_switched_off_refuses_every_operation(world: World, values, message):
    client = await world.app(chatflow())
    await change(world, APPS, APPS.c.id == client.app_id, **values)
    for method, path, arguments in OPERATIONS:
        answer = await client.call(method, path, **arguments)
        assert (answer.status_code, answer.json()["message"]) == (403, message), path


async def test_a_workflow_that_is_not_published_is_an_invalid_parameter_and_a_chat_unavailable(world: World):
    work, flow = await world.app(workflow()), await world.app(chatflow())
    for client in (work, flow):
        await change(world, APPS, APPS.c.id == client.app_id, workflow_id=None)
    refused = await work.post("/workflows/run", inputs={"text": "a"}, user="u")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_param")
    assert refused.json()["message"] == "Workflow not published"
    refused = await flow.post("/chat-messages", inputs={}, query="q", user="u")
    assert (refused.status_code, refused.json()["code"]) == (400, "app_unavailable")


async def test_a_version_that_is_malformed_or_a_draft_is_a_bad_request(world: World):
    work, flow = await world.app(workflow()), await world.app(chatflow())
    draft = (await work.run(text="a"))["data"]["workflow_id"]
    await change(world, WORKFLOWS, WORKFLOWS.c.id == draft, version="draft")
    for answer in (
        await work.post("/workflows/nonsense/run", inputs={"text": "a"}, user="u"),
        await flow.post("/chat-messages", inputs={}, query="q", user="u", workflow_id="nonsense"),
        await work.post(f"/workflows/{draft}/run", inputs={"text": "a"}, user="u"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), answer.text


async def test_a_conversation_that_is_closed_takes_no_more_turns(world: World):
    client = await world.app(chatflow())
    said = await client.say("hello")
    await change(world, CONVERSATIONS, CONVERSATIONS.c.id == said["conversation_id"], status="finished")
    answer = await client.post(
        "/chat-messages", inputs={}, query="more", user="bob", conversation_id=said["conversation_id"]
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "conversation_completed")


async def test_a_conversation_without_messages_gives_no_name(world: World):
    client = await world.app(chatflow())
    said = await client.say("hello")
    await change(world, MESSAGES, MESSAGES.c.id == said["message_id"], conversation_id=NOBODY)
    path = f"/conversations/{said['conversation_id']}/name"
    answer = await client.post(path, auto_generate=True, user="bob")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")


async def test_the_events_of_a_run_are_for_the_user_who_asked_for_it(worlds: World):
    work, flow = await worlds.app(workflow()), await worlds.app(chatflow())
    run = (await work.run(text="secret"))["workflow_run_id"]
    path = f"/workflow/{run}/events"
    assert (await work.get(path, user="bob", include_state_snapshot="true")).status_code == 200
    refused = await work.get(path, user="eve")
    assert (refused.status_code, refused.json()["message"]) == (404, "Workflow run not found")
    assert (await flow.get(path, user="bob")).status_code == 404
    assert (await work.get(path)).json()["message"] == "Arg user must be provided."
