"""`/conversations/<id>/variables`."""

import pytest

from plugins.apps.tests.service.serving import chatflow

VISITS = "6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c001"
MOOD = "6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c002"
TAGS = "6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c003"
NOBODY = "00000000-0000-4000-8000-000000000000"


async def talking(world):
    """A client with a conversation of bob."""
    client = await world.app(chatflow())
    client.conversation = (await client.say("hello"))["conversation_id"]
    return client


@pytest.fixture
async def client(world):
    """A client on the embedded database."""
    return await talking(world)


@pytest.fixture
async def clients(worlds):
    """A client on each database."""
    return await talking(worlds)


async def listed(client, **query):
    answer = await client.get(f"/conversations/{client.conversation}/variables", user="bob", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_variables_are_shown_as_texts(clients):
    body = await listed(clients)
    assert (body["limit"], body["has_more"]) == (20, False)
    shown = {one["name"]: (one["id"], one["value_type"], one["value"], one["description"]) for one in body["data"]}
    assert shown == {
        "visits": (VISITS, "number", "0", "how often"),
        "mood": (MOOD, "string", "calm", ""),
        "tags": (TAGS, "array[string]", '["a"]', ""),
    }
    assert all(isinstance(one["created_at"], int) for one in body["data"])


async def test_variables_come_in_pages_and_by_name(clients):
    first = await listed(clients, limit=2)
    assert (len(first["data"]), first["has_more"]) == (2, True)
    rest = await listed(clients, last_id=first["data"][-1]["id"])
    assert {one["id"] for one in first["data"] + rest["data"]} == {VISITS, MOOD, TAGS}
    assert [one["id"] for one in (await listed(clients, variable_name="mood"))["data"]] == [MOOD]
    assert (await listed(clients, variable_name="none"))["data"] == []


@pytest.mark.parametrize(
    "query", [{"last_id": NOBODY}, {"variable_name": "a' OR 1"}, {"variable_name": ""}, {"variable_name": "a--b"}]
)
async def test_a_page_of_variables_that_cannot_be_is_refused(client, query):
    answer = await client.get(f"/conversations/{client.conversation}/variables", user="bob", **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")


ACCEPTED = (
    (VISITS, 7, "7"),
    (VISITS, 1.5, "1.5"),
    (MOOD, "wild", "wild"),
    (TAGS, ["x", "y"], '["x", "y"]'),
    (TAGS, [], "[]"),
)
REFUSED = (
    (VISITS, "seven", "Type mismatch: variable 'visits' expects number, but got string type"),
    (VISITS, True, "Type mismatch: variable 'visits' expects number, but got boolean type"),
    (MOOD, 1, "Type mismatch: variable 'mood' expects string, but got number type"),
    (MOOD, None, "Type mismatch: variable 'mood' expects string, but got none type"),
    (TAGS, [1], "Type mismatch: variable 'tags' expects array[string], but got array[number] type"),
    (TAGS, {"a": 1}, "Type mismatch: variable 'tags' expects array[string], but got object type"),
)


async def test_a_variable_takes_values_of_its_type(client):
    for variable, value, shown in ACCEPTED:
        path = f"/conversations/{client.conversation}/variables/{variable}"
        answer = await client.put(path, value=value, user="bob")
        assert (answer.status_code, answer.json()["value"]) == (200, shown)
        assert shown in {one["value"] for one in (await listed(client))["data"]}


async def test_a_value_of_another_type_is_refused_and_changes_nothing(client):
    before = await listed(client)
    for variable, value, message in REFUSED:
        path = f"/conversations/{client.conversation}/variables/{variable}"
        answer = await client.put(path, value=value, user="bob")
        assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (400, "bad_request", message)
    assert await listed(client) == before


async def test_an_unknown_variable_and_a_missing_value_are_refused(client):
    path = f"/conversations/{client.conversation}/variables"
    unknown = await client.put(f"{path}/{NOBODY}", value=1, user="bob")
    assert (unknown.status_code, unknown.json()["message"]) == (404, "Conversation Variable Not Exists.")
    missing = await client.put(f"{path}/{VISITS}", user="bob")
    assert (missing.status_code, missing.json()["code"]) == (400, "invalid_param")


async def test_the_next_turn_sees_the_value_that_was_set(clients):
    path = f"/conversations/{clients.conversation}/variables/{VISITS}"
    await clients.put(path, value=7, user="bob")
    await clients.say("again", conversation_id=clients.conversation)
    assert "7" in {one["value"] for one in (await listed(clients, variable_name="visits"))["data"]}
