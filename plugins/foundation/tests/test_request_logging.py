import asyncio
import logging
import re

import pytest

from dify_foundation import current_context
from dify_foundation.log.middleware import LogContextMiddleware
from dify_foundation.request_logging.bodies import MAX_BYTES
from dify_foundation.request_logging.middleware import RequestLoggingMiddleware
from dify_foundation.request_logging.plugin import RequestLoggingPlugin
from dify_foundation.request_logging.settings import RequestLoggingSettings

JSON = {"content-type": "application/json"}


@pytest.fixture
def request_log(drive, answer, caplog):
    """Send one request and return what was logged."""

    async def request_log(app=None, level=logging.INFO, **request):
        caplog.set_level(level, "dify_foundation.requests")
        caplog.clear()
        await drive(LogContextMiddleware(RequestLoggingMiddleware(app or answer(b"ok"))), **request)
        return caplog.messages

    return request_log


async def test_a_request_is_one_line(request_log):
    contexts = []

    async def app(scope, receive, send):
        contexts.append(current_context())
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    messages = await request_log(app, method="POST", path="/v1/chat messages", raw_path=b"/v1/chat%20messages")
    assert len(messages) == 1
    line = re.fullmatch(r"POST /v1/chat%20messages 201 \d+\.\d{3} ([0-9a-f]{32})", messages[0])
    assert line
    assert line[1] == contexts[0].trace_id


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ({"path": "/a\nGET /forged 200"}, "/a%0AGET%20/forged%20200"),
        ({"path": "/a", "raw_path": b"/a?token=x"}, "/a"),
        ({"path": "/a", "raw_path": b"/a\x1b[31m\xff"}, "/a%1B%5B31m%FF"),
        ({"path": "/" + "a" * 5000}, "/" + "a" * 2047),
    ],
)
async def test_a_path_cannot_forge_lines_or_carry_a_query(request_log, scope, shown):
    assert (await request_log(**scope))[0].split(" ")[1] == shown


async def test_an_application_that_raises_is_logged_as_500_and_raises_on(request_log, caplog):
    async def app(scope, receive, send):
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await request_log(app)
    assert caplog.messages[0].startswith("GET / 500 ")


@pytest.mark.parametrize(("started", "status"), [(False, 499), (True, 200)])
async def test_a_client_that_goes_away_is_logged(request_log, caplog, started, status):
    reached = asyncio.Event()

    async def app(scope, receive, send):
        if started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        reached.set()
        await asyncio.Event().wait()

    request = asyncio.create_task(request_log(app))
    await reached.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert caplog.messages[0].startswith(f"GET / {status} ")


async def test_bodies_are_logged_at_debug_on_one_line_each_without_secrets(request_log, answer):
    messages = await request_log(
        answer(b'{"answer":', b' "hi", "token": "t0ps3cret"}', headers=JSON),
        level=logging.DEBUG,
        headers=JSON,
        body=(b'{\n "query": "hello",\r\n', b' "password": "t0ps3cret"\n}'),
    )
    assert messages[1:] == [
        'request body: {  "query": "hello",  "password": "***" }',
        'response body: {"answer": "hi", "token": "***"}',
    ]


async def test_bodies_are_not_logged_at_info(request_log, answer):
    assert len(await request_log(answer(b"{}", headers=JSON), headers=JSON, body=(b"{}",))) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/event-stream"},
        {"content-type": "application/octet-stream"},
        {"content-type": "multipart/form-data; boundary=x"},
        JSON | {"content-encoding": "gzip"},
        {},
    ],
)
async def test_streams_files_and_encoded_bodies_are_never_logged(request_log, answer, headers):
    messages = await request_log(answer(b"{}", headers=headers), level=logging.DEBUG, headers=headers, body=(b"{}",))
    assert len(messages) == 1


async def test_a_long_body_is_cut(request_log, answer):
    body = b'{"a":"' + b"x" * MAX_BYTES + b'"}'
    messages = await request_log(answer(body, b"!", headers=JSON), level=logging.DEBUG)
    assert messages[1].endswith("x ... 9 more bytes")
    assert len(messages[1]) < MAX_BYTES + 100


async def test_a_secret_that_is_cut_in_the_middle_is_masked_all_the_same(request_log, answer):
    body = b'{"a":"' + b"x" * (MAX_BYTES - 40) + b'", "password": "t0ps3cret-and-much-longer-than-what-fits"}'
    messages = await request_log(answer(body, headers=JSON), level=logging.DEBUG)
    assert "t0ps3cret" not in messages[1]


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
async def test_messages_pass_unchanged(drive, answer, caplog, level):
    caplog.set_level(level, "dify_foundation.requests")
    app = answer(b"a", b"b", headers=JSON)
    request = {"headers": JSON, "body": (b"1", b"2")}
    assert (await drive(RequestLoggingMiddleware(app), **request)).messages == (await drive(app, **request)).messages


async def test_nothing_is_logged_when_the_level_is_higher(request_log):
    assert await request_log(level=logging.WARNING) == []


async def test_without_a_logging_context_the_trace_id_is_a_dash(drive, answer, caplog):
    caplog.set_level(logging.INFO, "dify_foundation.requests")
    await drive(RequestLoggingMiddleware(answer(b"")))
    assert caplog.messages[0].endswith(" -")


def test_it_is_off_unless_asked_for():
    plugin = RequestLoggingPlugin()
    assert not plugin.enabled(RequestLoggingSettings())
    assert plugin.enabled(RequestLoggingSettings(ENABLE_REQUEST_LOGGING=True))
    assert plugin.asgi_middleware() == [RequestLoggingMiddleware]
