"""`/messages`, feedback, and what to ask next."""

import json

from sqlalchemy import update

from dify_apps.tables.messages import MESSAGE_AGENT_THOUGHTS, MESSAGES
from dify_database import count_statements, uuid4_text
from dify_runtime_sdk.models import ModelCredentialsMissingError, ModelId, ModelType
from plugins.apps.tests.scripted_models import ScriptedModels, models_plugin
from plugins.apps.tests.service.serving import SETTINGS, World, chatflow

NOBODY = "00000000-0000-4000-8000-000000000000"
FILES = {"file_upload": {"enabled": True, "allowed_file_types": ["document"], "number_limits": 3}}


async def upload(client, name="note.txt", user="bob"):
    """The record of an uploaded file."""
    answer = await client.call("POST", "/files/upload", data={"user": user}, files={"file": (name, b"hello")})
    assert answer.status_code == 201, answer.text
    return answer.json()


def attached(file_id):
    return {"type": "document", "transfer_method": "local_file", "upload_file_id": file_id}


async def test_messages_come_oldest_first_in_pages_towards_the_past(worlds):
    client = await worlds.app(chatflow())
    first = await client.say("one")
    conversation = first["conversation_id"]
    for query in ("two", "three"):
        await client.say(query, conversation_id=conversation)
    body = (await client.get("/messages", user="bob", conversation_id=conversation, limit=2)).json()
    assert ([one["query"] for one in body["data"]], body["has_more"], body["limit"]) == (["two", "three"], True, 2)
    earlier = {"user": "bob", "conversation_id": conversation, "first_id": body["data"][0]["id"]}
    body = (await client.get("/messages", **earlier)).json()
    assert ([one["id"] for one in body["data"]], body["has_more"]) == ([first["message_id"]], False)


async def test_a_message_is_shown_with_all_that_belongs_to_it(worlds):
    client = await worlds.app(chatflow(**FILES))
    file = await upload(client)
    said = await client.say("hi", inputs={"who": "Ann"}, files=[attached(file["id"])])
    message = said["message_id"]
    await client.post(f"/messages/{message}/feedbacks", rating="dislike", user="bob")
    (shown,) = (await client.get("/messages", user="bob", conversation_id=said["conversation_id"])).json()["data"]
    (sent,) = shown.pop("message_files")
    assert shown.pop("created_at") == said["created_at"]
    assert shown == {
        "id": message,
        "conversation_id": said["conversation_id"],
        "parent_message_id": "00000000-0000-0000-0000-000000000000",
        "inputs": {"who": "Ann"},
        "query": "hi",
        "answer": "You said hi",
        "feedback": {"rating": "dislike"},
        "retriever_resources": [],
        "agent_thoughts": [],
        "status": "normal",
        "error": None,
    }
    assert sent.pop("url").startswith(f"http://files.test/files/{file['id']}/file-preview?timestamp=")
    assert sent.pop("id")
    assert sent == {
        "filename": "note.txt",
        "type": "document",
        "mime_type": "text/plain",
        "size": 5,
        "transfer_method": "local_file",
        "belongs_to": "user",
        "upload_file_id": file["id"],
    }


async def test_knowledge_and_thoughts_are_read_from_their_rows(world):
    client = await world.app(chatflow())
    said = await client.say("hi")
    metadata = json.dumps({"retriever_resources": [{"position": 1, "content": "a fact"}]})
    changed = update(MESSAGES).values(message_metadata=metadata, agent_based=True)
    await (await world.database()).write(lambda session: session.execute(changed))
    thought = {"message_id": said["message_id"], "created_by_role": "end_user", "created_by": NOBODY}
    for position, labels in ((2, ""), (1, '{"now": {"en_US": "Now"}}')):
        await world.insert(
            MESSAGE_AGENT_THOUGHTS,
            **thought,
            position=position,
            thought=f"thought {position}",
            tool_labels_str=labels,
            tool_meta_str="{}",
        )
    (shown,) = (await client.get("/messages", user="bob", conversation_id=said["conversation_id"])).json()["data"]
    (resource,) = shown["retriever_resources"]
    assert (resource["content"], resource["message_id"]) == ("a fact", said["message_id"])
    assert [one["thought"] for one in shown["agent_thoughts"]] == ["thought 1", "thought 2"]
    assert shown["agent_thoughts"][0]["tool_labels"] == {"now": {"en_US": "Now"}}


async def test_stored_links_are_signed_anew_unless_the_file_is_not_the_workspaces(world):
    client = await world.app(chatflow())
    file = (await upload(client))["id"]
    old = "file-preview?timestamp=1&nonce=a&sign=b"
    mine, foreign = f"http://old.test/files/{file}/{old}", f"http://old.test/files/{uuid4_text()}/{old}"
    said = await client.say(f"![a]({mine}) ![b]({foreign})")
    (shown,) = (await client.get("/messages", user="bob", conversation_id=said["conversation_id"])).json()["data"]
    assert f"![a](http://files.test/files/{file}/file-preview?timestamp=" in shown["answer"]
    assert f"![b]({foreign})" in shown["answer"]
    assert mine not in shown["answer"]


async def test_a_page_of_messages_costs_the_same_however_many_there_are(worlds):
    client = await worlds.app(chatflow())
    conversation = (await client.say("one"))["conversation_id"]
    for query in ("two", "three"):
        await client.say(query, conversation_id=conversation)
    with count_statements() as count:
        body = (await client.get("/messages", user="bob", conversation_id=conversation)).json()
    assert len(body["data"]) == 3
    assert len(count) <= 5, count


async def test_messages_that_cannot_be_listed_are_refused(world):
    client = await world.app(chatflow())
    conversation = (await client.say("one"))["conversation_id"]
    refused = (
        ({}, 400, "1 validation error for MessageListQuery\nconversation_id\n  Field required"),
        ({"conversation_id": "x"}, 400, "1 validation error for MessageListQuery\nconversation_id\n"),
        ({"conversation_id": NOBODY}, 404, "Conversation Not Exists."),
        ({"conversation_id": conversation, "first_id": NOBODY}, 404, "First Message Not Exists."),
    )
    for query, status, message in refused:
        answer = await client.get("/messages", user="bob", **query)
        assert (answer.status_code, answer.json()["message"].startswith(message)) == (status, True), query


async def test_a_rating_is_given_changed_and_withdrawn(worlds):
    client = await worlds.app(chatflow())
    said = await client.say("hi")
    path = f"/messages/{said['message_id']}/feedbacks"
    assert (await client.post(path, rating="like", content="good", user="bob")).json() == {"result": "success"}
    (shown,) = (await client.get("/app/feedbacks")).json()["data"]
    assert len(shown.pop("created_at")) == len(shown.pop("updated_at")) == len("2026-01-01T00:00:00")
    assert shown.pop("id")
    assert shown.pop("from_end_user_id")
    assert shown == {
        "app_id": client.app_id,
        "conversation_id": said["conversation_id"],
        "message_id": said["message_id"],
        "rating": "like",
        "content": "good",
        "from_source": "user",
        "from_account_id": None,
    }
    await client.post(path, rating="dislike", user="bob")
    assert [one["rating"] for one in (await client.get("/app/feedbacks")).json()["data"]] == ["dislike"]
    await client.post(path, rating=None, user="bob")
    assert (await client.get("/app/feedbacks")).json() == {"data": []}
    again = await client.post(path, rating=None, user="bob")
    assert (again.status_code, again.json()["code"]) == (400, "invalid_param")


async def test_feedback_comes_in_pages(world):
    client = await world.app(chatflow())
    for query in ("one", "two", "three"):
        said = await client.say(query)
        await client.post(f"/messages/{said['message_id']}/feedbacks", rating="like", content=query, user="bob")
    page = (await client.get("/app/feedbacks", page=2, limit=2)).json()["data"]
    assert [one["content"] for one in page] == ["one"]


async def test_a_rating_that_cannot_be_is_refused(world):
    client = await world.app(chatflow())
    refused = (
        ({"rating": "meh", "user": "bob"}, 400, "1 validation error for MessageFeedbackPayload\nrating\n"),
        ({"rating": "like"}, 400, "Arg user must be provided."),
        ({"rating": "like", "user": "bob"}, 404, "Message Not Exists."),
    )
    for body, status, message in refused:
        answer = await client.post(f"/messages/{NOBODY}/feedbacks", **body)
        assert (answer.status_code, answer.json()["message"].startswith(message)) == (status, True), body


async def test_questions_are_suggested_where_the_app_has_that_on(runtime, plugins):
    models = ScriptedModels()
    models.defaults[ModelType.LLM] = ModelId(provider="scripted", name="echo")
    models.script = [['["What ', 'of it?"]'], [ModelCredentialsMissingError("no key")]]
    plugins["test-models"] = models_plugin(models)
    world = World(await runtime(plugins, roles=("api",), settings=SETTINGS))
    client = await world.app(chatflow(suggested_questions_after_answer={"enabled": True}))
    path = f"/messages/{(await client.say('hi', auto_generate_name=False))['message_id']}/suggested"
    assert (await client.get(path, user="bob")).json() == {"result": "success", "data": ["What of it?"]}
    failed = await client.get(path, user="bob")
    assert (failed.status_code, failed.json()["code"]) == (400, "provider_not_initialize")


async def test_questions_that_cannot_be_suggested_are_refused(world):
    silent = await world.app(chatflow())
    path = f"/messages/{(await silent.say('hi'))['message_id']}/suggested"
    answer = await silent.get(path, user="bob")
    assert (answer.status_code, answer.json()["message"]) == (400, "Suggested Questions Is Disabled.")
    assert (await silent.get(path)).json()["message"] == "Arg user must be provided."
    unknown = await silent.get(f"/messages/{NOBODY}/suggested", user="bob")
    assert (unknown.status_code, unknown.json()["message"]) == (404, "Message Not Exists.")
    asking = await world.app(chatflow(suggested_questions_after_answer={"enabled": True}))
    path = f"/messages/{(await asking.say('hi'))['message_id']}/suggested"
    assert (await asking.get(path, user="bob")).json()["code"] == "provider_not_initialize"
