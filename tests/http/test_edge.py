"""What happens around Quart: middleware, failures outside handlers, clients that leave."""

import asyncio
import logging

import httpx
import pytest
from quart import Response

from dify_runtime.errors import ContributionFailed
from dify_runtime_sdk.http import BlueprintGroup, ErrorAnswer


class Words:
    def render(self, error):
        return ErrorAnswer(error.status, {"error": error.message}, {"X-Shape": "own"})


def noting(name, log):
    """A middleware that notes its turns."""

    def middleware(app):
        async def call(scope, receive, send):
            log.append(f"{name} in")
            await app(scope, receive, send)
            log.append(f"{name} out")

        return call

    return middleware


async def hello(context):
    return "hello"


async def test_the_first_plugins_middleware_is_the_outermost(serve_handler, build, client_of):
    log = []
    app = build(middleware=[("a", noting("a", log)), ("b", noting("b", log))])
    await (await client_of(app)).get("/")
    assert log == ["a in", "b in", "b out", "a out"]


def raising(app):
    raise RuntimeError("nope")


@pytest.mark.parametrize(
    ("middleware", "reason"),
    [(raising, r"raised RuntimeError\('nope'\) when made"), (lambda app: None, "returned no application")],
)
def test_a_middleware_that_cannot_be_made_is_its_plugins_failure(build, middleware, reason):
    with pytest.raises(ContributionFailed, match=reason) as caught:
        build(middleware=[("giver", middleware)])
    assert caught.value.plugin == "giver"


def failing(app):
    async def fail(scope, receive, send):
        raise RuntimeError("hunter2")

    return fail


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/x/it", {"error": "Internal Server Error"}),
        ("/it", {"code": "unknown", "message": "Internal Server Error", "status": 500}),
    ],
)
async def test_a_middleware_that_fails_is_answered_in_the_groups_words(build, client_of, caplog, path, body):
    app = build(groups=[BlueprintGroup("x", "/x", errors=Words())], middleware=[failing])
    answer = await (await client_of(app)).get(path)
    assert (answer.status_code, answer.json()) == (500, body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "hunter2" in caplog.text
    assert f"GET {path} failed outside its handler" in caplog.text


async def test_headers_of_the_shape_are_sent_there_too(build, client_of):
    app = build(groups=[BlueprintGroup("x", "/x", errors=Words())], middleware=[failing])
    assert (await (await client_of(app)).get("/x/it")).headers["X-Shape"] == "own"


async def test_a_failure_after_the_start_of_the_answer_is_left_to_the_server(serve_handler, recorder):
    async def stream():
        yield b"first"
        raise RuntimeError("broken off")

    async def handler(context):
        return Response(stream())

    app = serve_handler(handler, method="GET")
    run = recorder(path="/x/it")
    with pytest.raises(Exception, match=r"broken off|TaskGroup"):
        await run.run(app.asgi)
    assert [message["type"] for message in run.sent] == ["http.response.start", "http.response.body"]
    assert run.body == b"first"


async def test_a_client_that_leaves_cancels_the_handler_and_is_no_error(serve_handler, port_of, caplog):
    entered, left = asyncio.Event(), asyncio.Event()

    async def handler(context):
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    port = await port_of(serve_handler(handler, method="GET"))
    with caplog.at_level(logging.WARNING):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /x/it HTTP/1.1\r\nHost: t\r\n\r\n")
        await entered.wait()
        writer.close()
        await asyncio.wait_for(left.wait(), 10)
    assert [record for record in caplog.records if record.name.startswith(("dify_runtime", "quart", "hypercorn"))] == []


async def test_a_client_that_leaves_a_stream_ends_it_and_is_no_error(serve_handler, port_of, caplog):
    left = asyncio.Event()

    async def stream():
        try:
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0)
        finally:
            left.set()

    async def handler(context):
        return Response(stream(), content_type="text/event-stream")

    port = await port_of(serve_handler(handler, method="GET", timeout=0))
    with caplog.at_level(logging.WARNING):
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"http://127.0.0.1:{port}/x/it") as answer,
        ):
            assert (await anext(answer.aiter_bytes())).startswith(b"data: x")
        await asyncio.wait_for(left.wait(), 10)
    assert [record for record in caplog.records if record.name.startswith(("dify_runtime", "quart", "hypercorn"))] == []


async def test_a_write_to_a_client_that_has_gone_is_no_error(serve_handler, recorder, caplog):
    app = serve_handler(hello, method="GET")
    run = recorder(path="/x/it")

    async def gone(message):
        run.ended.set()
        raise OSError("connection reset")

    run._send = gone
    from quart.wrappers import base

    if not hasattr(base, "ClientDisconnectedError"):
        pytest.skip("this Quart does not tell a client that has gone from other failures")
    await run.run(app.asgi)
    assert caplog.records == []


async def test_cancellation_passes_through(serve_handler, recorder):
    entered = asyncio.Event()

    async def handler(context):
        entered.set()
        await asyncio.Event().wait()

    app = serve_handler(handler, method="GET")
    run = recorder(path="/x/it")
    task = asyncio.create_task(run.run(app.asgi))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.sent == []


async def test_a_lifespan_passes_through(build):
    app = build()
    events = asyncio.Queue()
    sent = []

    async def send(message):
        sent.append(message["type"])

    for event in ("startup", "shutdown"):
        events.put_nowait({"type": f"lifespan.{event}"})
    await app.asgi({"type": "lifespan", "asgi": {"version": "3.0"}}, events.get, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_answers_reach_a_client_over_a_real_connection(serve_handler, port_of):
    port = await port_of(serve_handler(hello, method="GET"))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/x/it")).json() == "hello"
        head = await client.head("/x/it")
        assert (head.status_code, head.content) == (200, b"")
        assert (await client.get("/x/its")).status_code == 404
        assert (await client.post("/x/it")).json()["code"] == "method_not_allowed"
