"""API extensions: a server of the workspace that moderates, and that fills variables."""

import asyncio
import json

import pytest
from sqlalchemy import insert

from dify_apps.tables.extensions import API_BASED_EXTENSIONS
from dify_runtime_sdk.secrets import TenantSecrets

ID = "33333333-3333-4333-8333-333333333333"
both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)


class Server:
    """An API extension on loopback."""

    def __init__(self):
        self.answers = {}
        self.status = 200
        self.requests = []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(next(line for line in head.lower().splitlines() if line.startswith("content-length")).split()[1])
        asked = json.loads(await reader.readexactly(length))
        self.requests.append((head, asked))
        answer = self.answers.get(asked["point"], {})
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (self.status, len(body)))
        writer.write(body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def server():
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()
    await listening.wait_closed()


@pytest.fixture
def database_settings(database_settings, server, request):
    """The server may be reached, unless a test is about that it may not."""
    if request.node.get_closest_marker("parametrize") and "closed" in request.node.name:
        return database_settings
    return {**database_settings, "EGRESS_ALLOW": "127.0.0.1", "EGRESS_ALLOWED_PORTS": str(server.port)}


@pytest.fixture
async def extension(run, server):
    """An API extension of the workspace, at the server."""
    tenant_id = run.who["tenant_id"]
    secrets = await run.booted.services.get(TenantSecrets)
    row = {
        "id": ID,
        "tenant_id": tenant_id,
        "name": "mine",
        "api_endpoint": f"http://127.0.0.1:{server.port}/ask",
        "api_key": await secrets.encrypt(tenant_id, await secrets.create(tenant_id), "s3cret"),
    }
    await run.write(insert(API_BASED_EXTENSIONS).values(**row))
    return server


@pytest.fixture
def moderated(run):
    """Make an app that the extension moderates."""

    def moderated(extension_id=ID):
        sides = {"inputs_config": {"enabled": True}, "outputs_config": {"enabled": True}}
        config = {**sides, "api_based_extension_id": extension_id}
        return run.app(sensitive_word_avoidance={"enabled": True, "type": "api", "config": config})

    return moderated


@both
async def test_an_extension_answers_in_place_of_the_model(run, models, extension, moderated):
    extension.answers["app.moderation.input"] = {
        "flagged": True,
        "action": "direct_output",
        "preset_response": "Not that.",
    }
    app = await moderated()
    assert (await run.blocking(app))["answer"] == "Not that."
    head, asked = extension.requests[0]
    assert "authorization: bearer s3cret" in head.lower()
    assert asked == {
        "point": "app.moderation.input",
        "params": {"app_id": app.id, "inputs": {"who": "Ann"}, "query": "hi there"},
    }
    assert models.calls == []


async def test_an_extension_changes_what_was_sent_and_what_was_said(run, models, extension, moderated):
    changed = {"flagged": True, "action": "overridden", "inputs": {"who": "Bo"}, "query": "hello"}
    extension.answers["app.moderation.input"] = changed
    extension.answers["app.moderation.output"] = {"flagged": True, "action": "overridden", "text": "Clean"}
    assert (await run.blocking(await moderated()))["answer"] == "Clean"
    assert models.prompt == [("system", "You are a helper for Bo."), ("user", "hello")]
    assert extension.requests[1][1]["params"]["text"] == "Hello there"


async def test_an_extension_that_flags_nothing_changes_nothing(run, models, extension, moderated):
    extension.answers = {"app.moderation.input": {"flagged": False}, "app.moderation.output": {"flagged": False}}
    assert (await run.blocking(await moderated()))["answer"] == "Hello there"


async def test_an_extension_fills_a_variable(run, models, extension):
    tools = [{"enabled": True, "variable": "fact", "type": "api", "config": {"api_based_extension_id": ID}}]
    extension.answers["app.external_data_tool.query"] = {"result": "42"}
    app = await run.app(external_data_tools=tools, pre_prompt="Know {{fact}}.")
    await run.blocking(app)
    assert models.prompt[0] == ("system", "Know 42.")
    expected = {"app_id": app.id, "tool_variable": "fact", "inputs": {"who": "Ann"}, "query": "hi there"}
    assert extension.requests[0][1]["params"] == expected
    extension.answers["app.external_data_tool.query"] = {"result": 42}
    events = await run.events(app)
    assert events[0]["message"] == "The external data tool 'fact' answers without a text `result`"


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [(500, {}, "answers with the status 500"), (200, b"[1]", "answers no JSON object"), (200, b"<", "no JSON object")],
)
async def test_a_broken_extension_is_an_error(run, models, extension, moderated, status, answer, message):
    extension.status, extension.answers["app.moderation.input"] = status, answer
    events = await run.events(await moderated())
    assert [event["event"] for event in events] == ["error"]
    assert message in events[0]["message"]
    assert events[0]["code"] == "invalid_param"


@pytest.mark.parametrize("network", ["closed"])
async def test_an_extension_is_not_reached_at_a_private_address(run, models, extension, moderated, network):
    events = await run.events(await moderated())
    assert "cannot be asked" in events[0]["message"]
    assert extension.requests == []


async def test_an_extension_of_another_workspace_is_not_there(run, models, extension, moderated):
    events = await run.events(await moderated("44444444-4444-4444-8444-444444444444"))
    assert "There is no API extension" in events[0]["message"]
    changed = API_BASED_EXTENSIONS.update().values(tenant_id="55555555-5555-4555-8555-555555555555")
    await run.write(changed)
    events = await run.events(await moderated())
    assert "There is no API extension" in events[0]["message"]
    assert extension.requests == []


async def test_a_key_that_cannot_be_read_is_an_error(run, models, extension, moderated):
    await run.write(API_BASED_EXTENSIONS.update().values(api_key="nonsense"))
    events = await run.events(await moderated())
    assert events[0]["message"] == "The key of the API extension 'mine' cannot be read"
