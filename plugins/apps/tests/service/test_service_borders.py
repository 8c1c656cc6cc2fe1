"""What belongs to one user, app or workspace is not there for another, whatever the route."""

import pytest

from plugins.apps.tests.service.serving import World, chatflow, workflow

VISITS = "6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c001"
ROUTES = (
    ("GET", "/messages?conversation_id={conversation}&user={user}", None),
    ("GET", "/conversations?last_id={conversation}&user={user}", None),
    ("DELETE", "/conversations/{conversation}", {}),
    ("POST", "/conversations/{conversation}/name", {"name": "mine"}),
    ("POST", "/conversations/{conversation}/name", {"auto_generate": True}),
    ("GET", "/conversations/{conversation}/variables?user={user}", None),
    ("PUT", "/conversations/{conversation}/variables/" + VISITS, {"value": 9}),
    ("POST", "/messages/{message}/feedbacks", {"rating": "like"}),
    ("POST", "/messages/{message}/feedbacks", {"rating": None}),
    ("GET", "/messages/{message}/suggested?user={user}", None),
    ("POST", "/chat-messages", {"query": "x", "inputs": {}, "conversation_id": "{conversation}"}),
)
OF_APPS = (
    ("PUT", "/apps/annotations/{annotation}", {"question": "a", "answer": "b"}),
    ("DELETE", "/apps/annotations/{annotation}", None),
)


@pytest.fixture
async def crowd(worlds: World):
    """Bob of an app, what is his, and who else there is: another user, app and workspace."""
    home = await worlds.app(chatflow(suggested_questions_after_answer={"enabled": True}))
    said = await home.say("hello")
    await home.post(f"/messages/{said['message_id']}/feedbacks", rating="like", user="bob")
    annotation = (await home.post("/apps/annotations", question="q", answer="a")).json()["id"]
    own = {
        "conversation": said["conversation_id"],
        "message": said["message_id"],
        "annotation": annotation,
    }
    strangers = (
        (await worlds.app(chatflow(name="Other")), "bob"),
        (await worlds.app(chatflow(), tenant_id=await worlds.neighbour()), "bob"),
    )
    return home, own, strangers


def filled(value, own, user):
    """A body with the ids in place."""
    if value is None:
        return None
    body = {name: item.format(**own) if isinstance(item, str) else item for name, item in value.items()}
    return {**body, "user": user}


async def test_nobody_else_reaches_a_conversation_or_its_messages(crowd):
    home, own, strangers = crowd
    for client, user in ((home, "eve"), *strangers):
        for method, path, body in ROUTES:
            sent = filled(body, own, user)
            answer = await client.call(method, path.format(**own, user=user), json=sent)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path, answer.text)
    kept = (await home.get("/messages", conversation_id=own["conversation"], user="bob")).json()["data"]
    assert [(one["query"], one["feedback"]) for one in kept] == [("hello", {"rating": "like"})]
    (conversation,) = (await home.get("/conversations", user="bob")).json()["data"]
    assert conversation["name"] == "hello"


async def test_no_other_app_reaches_annotations_and_feedback(crowd):
    home, own, strangers = crowd
    for client, user in strangers:
        for method, path, body in OF_APPS:
            answer = await client.call(method, path.format(**own), json=filled(body, own, user))
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
        assert (await client.get("/apps/annotations")).json()["total"] == 0
        assert (await client.get("/app/feedbacks")).json()["data"] == []
        assert (await client.get("/conversations", user="bob")).json()["data"] == []
    assert (await home.get("/apps/annotations")).json()["total"] == 1


async def test_no_other_app_reaches_runs_and_their_log(worlds):
    home = await worlds.app(workflow())
    other, stranger = await worlds.app(workflow()), await worlds.app(workflow(), tenant_id=await worlds.neighbour())
    run = (await home.run(text="secret"))["workflow_run_id"]
    for client in (other, stranger):
        assert set((await client.get(f"/workflows/run/{run}")).json().values()) == {None}
        assert (await client.get("/workflows/logs")).json()["total"] == 0
        assert (await client.get("/workflows/logs", keyword="secret")).json()["data"] == []
        assert (await client.get(f"/workflow/{run}/events", user="bob")).status_code == 404


async def test_a_first_message_of_another_conversation_is_none(world):
    client = await world.app(chatflow())
    one, two = await client.say("one"), await client.say("two")
    query = {"conversation_id": one["conversation_id"], "first_id": two["message_id"], "user": "bob"}
    answer = await client.get("/messages", **query)
    assert (answer.status_code, answer.json()["message"]) == (404, "First Message Not Exists.")
