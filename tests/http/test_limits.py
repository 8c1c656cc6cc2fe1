"""Limits of bodies and of time, over real sockets where it matters how the bytes come."""

import asyncio

import httpx
import pytest
from quart import Response
from quart.wrappers.request import Body

from dify_runtime.http.requests import LimitedBody
from dify_runtime_sdk.http import BlueprintGroup, Routes, Unauthorized


async def read_all(context):
    return len(await context.request.get_data())


async def iterate(context):
    return sum([len(part) async for part in context.request.body])


async def read_form(context):
    form = await context.request.form
    files = await context.request.files
    return [len(form), *(len(file.read()) for file in files.values())]


async def ignore(context):
    return "unread"


async def parts(total, size=1000):
    for _ in range(total // size):
        yield b"x" * size


@pytest.fixture
async def limited(build, port_of):
    """A client of a server that takes 10,000 bytes, and other amounts on two routes."""
    routes = Routes("x", public=True)
    for name, handler in (("read", read_all), ("iterate", iterate), ("form", read_form), ("ignore", ignore)):
        routes.post(f"/{name}")(handler)
        routes.post(f"/{name}/small", max_body=1_000)(handler)
        routes.post(f"/{name}/large", max_body=1_000_000)(handler)
    routes.post("/read/none", max_body=0)(read_all)
    app = build(groups=[BlueprintGroup("x", "/x")], routes=[routes], settings={"HTTP_MAX_BODY_BYTES": 10_000})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{await port_of(app)}") as client:
        yield client


TOO_LARGE = {
    "code": "request_entity_too_large",
    "message": "The data value transmitted exceeds the capacity limit.",
    "status": 413,
}


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("handler", ["read", "iterate"])
@pytest.mark.parametrize(
    ("route", "size", "status"),
    [
        ("", 10_000, 200),
        ("", 11_000, 413),
        ("/small", 1_000, 200),
        ("/small", 2_000, 413),
        ("/large", 500_000, 200),
        ("/large", 1_001_000, 413),
    ],
)
async def test_a_body_over_the_limit_is_refused(limited, handler, route, size, status, chunked):
    content = parts(size) if chunked else b"x" * size
    answer = await limited.post(f"/x/{handler}{route}", content=content)
    assert answer.status_code == status
    assert answer.json() == (TOO_LARGE if status == 413 else size)


async def test_a_limit_of_nothing_takes_nothing(limited):
    assert (await limited.post("/x/read/none")).json() == 0
    assert (await limited.post("/x/read/none", content=b"1")).status_code == 413


@pytest.mark.parametrize(("route", "size", "status"), [("", 9_000, 200), ("", 20_000, 413), ("/large", 500_000, 200)])
async def test_a_form_over_the_limit_is_refused(limited, route, size, status):
    answer = await limited.post(f"/x/form{route}", files={"file": b"x" * size}, data={"a": "b"})
    assert answer.status_code == status
    assert answer.json() == (TOO_LARGE if status == 413 else [1, size])


async def test_a_body_that_nobody_reads_is_no_error(limited):
    assert (await limited.post("/x/ignore/small", content=b"x" * 5_000)).json() == "unread"


async def test_nothing_is_kept_beyond_the_limit():
    body = LimitedBody(None, 10)
    take = body.put if hasattr(Body, "put") else to_async(body.append)
    for _ in range(100):
        await take(b"xxxx")
    with pytest.raises(Exception, match="413"):
        await body
    with pytest.raises(Exception, match="413"):
        await anext(body)


def to_async(function):
    async def call(argument):
        function(argument)

    return call


def refusing(app):
    """A middleware that answers everything itself, and reads nothing."""

    async def refuse(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]})
        return await send({"type": "http.response.body", "body": b"no"})

    return refuse


class Nobody:
    async def authenticate(self, context):
        raise Unauthorized("no")


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("middleware", [[refusing], []], ids=["by middleware", "by the authenticator"])
async def test_a_client_that_is_refused_early_reads_the_answer_all_the_same(build, port_of, middleware, chunked):
    routes = Routes("x")
    routes.post("/it")(read_all)
    group = BlueprintGroup("x", "/x", authenticator=Nobody())
    port = await port_of(build(groups=[group], routes=[routes], middleware=middleware))
    size = 5_000_000
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post("/x/it", content=parts(size, 10_000) if chunked else b"x" * size)
    assert answer.status_code == 401


async def test_a_client_that_neither_sends_nor_leaves_is_waited_for_no_longer_than_answers_may_take(
    serve_handler, port_of
):
    port = await port_of(serve_handler(ignore, settings={"HTTP_RESPONSE_TIMEOUT": 0.05}))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /x/it HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n12")
    assert b'"unread"' in await reader.read()  # up to the end of the connection
    writer.close()


async def test_a_client_that_leaves_while_it_is_waited_for_is_let_go(serve_handler, port_of):
    """The end of an answer waits for the end of the request; without either the application would hang."""
    port = await port_of(serve_handler(ignore))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /x/it HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n12")
    assert b'"unread"' in await reader.readuntil(b'"unread"')
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_does_not_come_is_answered_408(serve_handler, port_of):
    port = await port_of(serve_handler(read_all, settings={"HTTP_BODY_TIMEOUT": 0.05}))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /x/it HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n12")
    head, _, body = (await reader.read(65536)).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 408")
    assert b'"code": "request_timeout"' in (body or await reader.read(65536))


@pytest.mark.parametrize(("setting", "config"), [(0, None), (5, 5.0)])
def test_a_time_limit_of_zero_is_none(build, setting, config):
    app = build(settings={"HTTP_BODY_TIMEOUT": setting, "HTTP_RESPONSE_TIMEOUT": setting})
    assert app.quart.config["BODY_TIMEOUT"] == config
    assert app.quart.config["RESPONSE_TIMEOUT"] == config


async def test_a_stream_outlives_the_time_limit_where_the_route_says_so(build, port_of):
    gate = asyncio.Event()

    async def stream():
        yield b"first,"
        await gate.wait()
        yield b"last"

    async def handler(context):
        return Response(stream(), content_type="text/event-stream")

    routes = Routes("x", public=True)
    routes.get("/cut")(handler)
    routes.get("/kept", timeout=0)(handler)
    app = build(groups=[BlueprintGroup("x", "/x")], routes=[routes], settings={"HTTP_RESPONSE_TIMEOUT": 0.05})
    base = f"http://127.0.0.1:{await port_of(app)}"
    async with httpx.AsyncClient(base_url=base) as client, client.stream("GET", "/x/kept") as kept:
        received = kept.aiter_bytes()
        assert await anext(received) == b"first,"
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/x/cut")
        gate.set()
        assert await anext(received) == b"last"
