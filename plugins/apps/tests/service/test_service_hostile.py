"""Whatever a client sends is answered with a reason, never with a fault of the server."""

import json

import pytest

from plugins.apps.tests.service.serving import World, chat, chatflow, completion, workflow

NOBODY = "00000000-0000-4000-8000-000000000000"
VALUES = (None, 5, True, [], {}, [1], {"a": 1}, 10**30, -1, "", "a\x00b", "x" * 70_000, "\udc80", "../..", "null")
QUERIES = ("", "a\x00b", "x" * 300, "0", "-1", "1e3", "9" * 40, "0001-01-01T00:00:00+14:00", "é😀", "%_\\'\"", "[]")
BODIES = (b"", b"{", b"[]", b"null", b'"a"', b"\xff\xfe", b"[" * 100_000, b'{"user":NaN}')
TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "")
RUN = {"inputs": {"text": "a"}, "user": "u", "files": None, "response_mode": "blocking"}
QUESTION = {"question": "q", "answer": "a"}
WRITES = (
    ("POST", "/chat-messages", {**RUN, "query": "q", "conversation_id": None, "workflow_id": None}),
    ("POST", "/chat-messages/{any}/stop", {"user": "u"}),
    ("POST", "/completion-messages", {**RUN, "query": "q"}),
    ("POST", "/completion-messages/{any}/stop", {"user": "u"}),
    ("POST", "/workflows/run", RUN),
    ("POST", "/workflows/{any}/run", RUN),
    ("POST", "/workflows/tasks/{any}/stop", {"user": "u"}),
    ("POST", "/conversations/{conversation}/name", {"name": "n", "auto_generate": False, "user": "bob"}),
    ("DELETE", "/conversations/{any}", {"user": "bob"}),
    ("PUT", "/conversations/{conversation}/variables/6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c002", {"value": "v"}),
    ("POST", "/messages/{message}/feedbacks", {"rating": "like", "content": "c", "user": "bob"}),
    ("POST", "/text-to-audio", {"message_id": None, "text": "t", "voice": "v", "user": "bob"}),
    ("POST", "/apps/annotations", QUESTION),
    ("PUT", "/apps/annotations/{annotation}", QUESTION),
    ("DELETE", "/apps/annotations/{any}", {}),
    ("POST", "/apps/annotation-reply/{any}", {"score_threshold": 0.5, "embedding_provider_name": "a"}),
)
LOG = {
    **dict.fromkeys(("created_at__before", "created_at__after"), "2020-01-01T00:00:00Z"),
    **dict.fromkeys(("keyword", "created_by_end_user_session_id", "created_by_account"), "a"),
    "status": "failed",
    "page": "1",
    "limit": "1",
}
READS = (
    ("/conversations", {"user": "bob", "last_id": "", "limit": "1", "sort_by": "created_at"}),
    ("/conversations/{conversation}/variables", {"user": "bob", "last_id": "", "limit": "1", "variable_name": "mood"}),
    ("/messages", {"user": "bob", "conversation_id": "{conversation}", "first_id": "", "limit": "1"}),
    ("/messages/{message}/suggested", {"user": "bob"}),
    ("/app/feedbacks", {"page": "1", "limit": "1"}),
    ("/apps/annotations", {"page": "1", "limit": "1", "keyword": "a"}),
    ("/apps/annotation-reply/enable/status/{any}", {}),
    ("/workflows/logs", LOG),
    ("/workflows/run/{any}", {}),
    ("/workflow/{any}/events", {"user": "u", "include_state_snapshot": "true"}),
    ("/files/{any}/preview", {"user": "u", "as_attachment": "true"}),
    ("/end-users/{any}", {}),
)


@pytest.fixture
async def attacked(worlds: World):
    """An app of each kind, and the ids of what is in the first."""
    features = {"text_to_speech": {"enabled": True}, "suggested_questions_after_answer": {"enabled": True}}
    flow = await worlds.app(chatflow(**features))
    said = await flow.say("hello")
    annotation = (await flow.post("/apps/annotations", **QUESTION)).json()["id"]
    ids = {"conversation": said["conversation_id"], "message": said["message_id"], "annotation": annotation}
    others = [await worlds.app(text) for text in (workflow(), completion(), chat())]
    return [flow, *others], {**ids, "any": NOBODY}


async def check(client, method, path, content=None, type_="application/json", **query):
    """Send it, and expect a reason."""
    headers = {"Authorization": f"Bearer {client.key}"} | ({"Content-Type": type_} if type_ else {})
    answer = await client.http.request(method, f"/v1{path}", headers=headers, content=content, params=query or None)
    assert answer.status_code < 500, (method, path, (content or b"")[:200], query, answer.text)


async def test_no_value_of_a_field_is_a_fault_of_the_server(attacked):
    clients, ids = attacked
    for method, path, body in WRITES:
        for name in body:
            for value in VALUES:
                content = json.dumps({**body, name: value}).encode()
                await check(clients[0], method, path.format(**ids), content)
                if path.startswith(("/workflows", "/completion")):
                    await check(clients[1 if "workflows" in path else 2], method, path.format(**ids), content)


async def test_no_body_is_a_fault_of_the_server(attacked):
    clients, ids = attacked
    for method, path, _ in WRITES:
        for body in BODIES:
            await check(clients[0], method, path.format(**ids), body)
        for type_ in TYPES:
            await check(clients[0], method, path.format(**ids), b'{"user": "u"}', type_)


async def test_no_query_is_a_fault_of_the_server(attacked):
    clients, ids = attacked
    for path, query in READS:
        for name in query:
            for value in QUERIES:
                await check(clients[0], "GET", path.format(**ids), **{**query, name: value})
        for client in clients:
            await check(client, "GET", path.format(**ids), **query)


async def test_no_id_in_a_path_is_a_fault_of_the_server(attacked):
    clients, ids = attacked
    for odd in ("x" * 300, "a%00b", "%C3%A9", "%ED%B2%80", "5"):
        for method, path, body in (*WRITES, *(("GET", path, None) for path, _ in READS)):
            content = None if body is None else json.dumps(body).encode()
            await check(clients[0], method, path.format(**{**ids, "any": odd}), content)


async def test_a_name_that_no_user_can_have_is_refused(attacked):
    (client, *_), _ = attacked
    for name, reason in (("a\x00b", "NUL"), ("\udc80", "surrogates"), ("x" * 256, "255")):
        body = json.dumps({"inputs": {}, "query": "q", "user": name}).encode()
        headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/json"}
        answer = await client.http.post("/v1/chat-messages", headers=headers, content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
        assert reason in answer.json()["message"]
    form = await client.call("POST", "/files/upload", data={"user": "x" * 256}, files={"file": ("a.txt", b"a")})
    assert (form.status_code, form.json()["code"]) in {(400, "invalid_param"), (415, "unsupported_file_type")}
