"""`/conversations`: listed, named, deleted."""

from sqlalchemy import func, select

from dify_apps.tables.messages import CONVERSATIONS, MESSAGE_FEEDBACKS, MESSAGES
from dify_apps.tables.workflows import WORKFLOW_CONVERSATION_VARIABLES, WORKFLOW_RUNS
from dify_database import count_statements
from dify_runtime_sdk.models import ModelId, ModelType
from plugins.apps.tests.scripted_models import ScriptedModels, models_plugin
from plugins.apps.tests.service.serving import SETTINGS, World, chatflow, workflow

NOBODY = "00000000-0000-4000-8000-000000000000"


async def three(client):
    """Three conversations of bob, the oldest first."""
    return [(await client.say(query))["conversation_id"] for query in ("one", "two", "three")]


async def names(client, **query):
    body = (await client.get("/conversations", user="bob", **query)).json()
    return [one["name"] for one in body["data"]], body["has_more"]


async def test_a_conversation_is_shown_with_what_began_it(worlds):
    client = await worlds.app(chatflow())
    said = await client.say("hello there", inputs={"who": "Ann"})
    body = (await client.get("/conversations", user="bob")).json()
    assert (body["limit"], body["has_more"]) == (20, False)
    (one,) = body["data"]
    assert one["created_at"] <= one.pop("updated_at")
    assert 0 <= said["created_at"] - one.pop("created_at") <= 1
    assert one == {
        "id": said["conversation_id"],
        "name": "hello there",
        "inputs": {"who": "Ann"},
        "status": "normal",
        "introduction": "Welcome!",
    }


async def test_pages_follow_one_another_in_every_order(worlds):
    client = await worlds.app(chatflow())
    first, second, third = await three(client)
    await client.say("again", conversation_id=first)
    assert await names(client) == (["one", "three", "two"], False)
    assert await names(client, sort_by="updated_at") == (["two", "three", "one"], False)
    assert await names(client, sort_by="created_at", limit=2) == (["one", "two"], True)
    assert await names(client, sort_by="created_at", limit=2, last_id=second) == (["three"], False)
    assert await names(client, sort_by="-created_at", last_id=third, limit=1) == (["two"], True)
    assert await names(client, last_id="") == (["one", "three", "two"], False)


IMPOSSIBLE = (
    ({"last_id": NOBODY}, 404, "Last Conversation Not Exists."),
    ({"sort_by": "name"}, 400, "1 validation error for ConversationListQuery\nsort_by\n"),
    ({"limit": 101}, 400, "1 validation error for ConversationListQuery\nlimit\n"),
    ({"last_id": "x"}, 400, "1 validation error for ConversationListQuery\nlast_id\n"),
)


async def test_a_page_that_cannot_be_is_refused(world):
    client = await world.app(chatflow())
    for query, status, message in IMPOSSIBLE:
        answer = await client.get("/conversations", user="bob", **query)
        assert answer.status_code == status
        assert answer.json()["message"].startswith(message)


async def test_a_page_of_conversations_costs_few_statements(worlds):
    client = await worlds.app(chatflow())
    await three(client)
    await client.get("/conversations", user="bob")
    with count_statements() as count:
        await client.get("/conversations", user="bob")
    assert len(count) <= 2, count


async def test_a_name_is_given(worlds):
    client = await worlds.app(chatflow())
    conversation = (await client.say("hello"))["conversation_id"]
    answer = await client.post(f"/conversations/{conversation}/name", name="Renamed", user="bob")
    assert (answer.status_code, answer.json()["id"], answer.json()["name"]) == (200, conversation, "Renamed")
    assert await names(client) == (["Renamed"], False)


async def test_a_name_is_wanted_unless_one_is_to_be_made(world):
    client = await world.app(chatflow())
    for body in ({}, {"name": "  "}, {"name": None, "auto_generate": False}):
        answer = await client.post(f"/conversations/{NOBODY}/name", user="bob", **body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
        assert "Value error, name is required when auto_generate is false" in answer.json()["message"]


async def test_without_a_model_the_name_is_made_of_the_first_question(world):
    client = await world.app(chatflow())
    conversation = (await client.say("q" * 60))["conversation_id"]
    await client.say("another", conversation_id=conversation)
    answer = await client.post(f"/conversations/{conversation}/name", auto_generate=True, user="bob")
    assert answer.json()["name"] == "q" * 47 + "..."


async def test_the_default_model_names_a_conversation_when_asked_to(runtime, plugins):
    models = ScriptedModels()
    models.defaults[ModelType.LLM] = ModelId(provider="scripted", name="echo")
    models.script = [['{"title": "A ', 'greeting"}']]
    plugins["test-models"] = models_plugin(models)
    client = await World(await runtime(plugins, roles=("api",), settings=SETTINGS)).app(chatflow())
    conversation = (await client.say("hi", auto_generate_name=False))["conversation_id"]
    answer = await client.post(f"/conversations/{conversation}/name", auto_generate=True, user="bob")
    assert answer.json()["name"] == "A greeting"


async def test_a_conversation_is_deleted_with_what_belongs_to_it(worlds):
    client = await worlds.app(chatflow())
    said, kept = await client.say("hello"), await client.say("stays")
    await client.post(f"/messages/{said['message_id']}/feedbacks", rating="like", user="bob")
    answer = await client.delete(f"/conversations/{said['conversation_id']}", user="bob")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await names(client) == (["stays"], False)
    database = await worlds.database()
    left = {}
    for table in (CONVERSATIONS, MESSAGES, MESSAGE_FEEDBACKS, WORKFLOW_CONVERSATION_VARIABLES, WORKFLOW_RUNS):
        query = select(func.count()).select_from(table)
        left[table.name] = await database.read(lambda session, query=query: session.scalar(query))
    assert left == {
        "conversations": 1,
        "messages": 1,
        "message_feedbacks": 0,
        "workflow_conversation_variables": 3,
        "workflow_runs": 2,
    }
    assert (await client.get("/messages", user="bob", conversation_id=kept["conversation_id"])).status_code == 200
    again = await client.delete(f"/conversations/{said['conversation_id']}", user="bob")
    assert (again.status_code, again.json()["message"]) == (404, "Conversation Not Exists.")


async def test_a_delete_without_a_body_is_that_of_the_anonymous_user(world):
    client = await world.app(chatflow())
    conversation = (await client.say("hello"))["conversation_id"]
    assert (await client.call("DELETE", f"/conversations/{conversation}")).status_code == 404
    assert await names(client) == (["hello"], False)


OF_CHATS = (
    ("GET", "/conversations?user=bob", None),
    ("DELETE", f"/conversations/{NOBODY}", {"user": "bob"}),
    ("POST", f"/conversations/{NOBODY}/name", {"user": "bob", "name": "x"}),
    ("GET", f"/conversations/{NOBODY}/variables?user=bob", None),
    ("PUT", f"/conversations/{NOBODY}/variables/{NOBODY}", {"user": "bob", "value": 1}),
    ("GET", f"/messages?user=bob&conversation_id={NOBODY}", None),
    ("GET", f"/messages/{NOBODY}/suggested?user=bob", None),
)


async def test_an_app_without_conversations_is_refused(world):
    client = await world.app(workflow())
    for method, path, body in OF_CHATS:
        answer = await client.call(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_chat_app"), path
