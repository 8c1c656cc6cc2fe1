"""Hypercorn in the running loop, on asyncio's own loop and on uvloop: limits, lifespan, and the graceful stop."""

import asyncio
import logging
import socket
import struct
from contextlib import asynccontextmanager

import httpx
import pytest

from dify_runtime.errors import ServerError
from dify_runtime.server.hypercorn_server import HypercornServer
from dify_runtime.server.listen import bind
from dify_runtime.server.settings import ServerSettings
from tests.server.http_client import Wire, opened, refused

WHOLE = b"\r\n0\r\n\r\n"
"""How a chunked body ends when nothing is missing."""


class App:
    """An ASGI application; `/stream` sends `begin`, and then `end` once `go` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.lifespan: list[str] = []
        self.cancelled = False

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await getattr(self, scope["path"].strip("/") or "root")(receive, send)

    async def _live(self, receive, send) -> None:
        for phase in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{phase}"
            self.lifespan.append(phase)
            await send({"type": f"lifespan.{phase}.complete"})

    async def root(self, _receive, send) -> None:
        await answer(send, b"hello")

    async def early(self, _receive, send) -> None:
        await answer(send, b"no", status=401)

    async def stream(self, _receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begin", "more_body": True})
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        await send({"type": "http.response.body", "body": b"end"})

    async def flood(self, _receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})


async def answer(send, body: bytes, *, status: int = 200) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(app, **settings):
    """A started server; gives it with its address."""
    with bind("127.0.0.1", 0) as listener:
        server = HypercornServer(app, ServerSettings(**settings))
        address = listener.getsockname()
        try:
            await server.start([listener])
            yield server, address
        finally:
            await server.stop()


def test_the_application_lives_from_start_to_stop(on_loop):
    async def scenario():
        app = App()
        async with serving(app) as (_, address), opened(address) as wire:
            assert app.lifespan == ["startup"]
            await wire.get("/")
            head = await wire.until(b"hello")
        return app.lifespan, head

    lifespan, head = on_loop(scenario())
    assert lifespan == ["startup", "shutdown"]
    assert head.startswith(b"HTTP/1.1 200")
    assert b"server:" not in head.lower()


def test_the_kernel_holds_as_many_connections_as_set(on_loop):
    async def scenario():
        with bind("127.0.0.1", 0) as listener:
            server = HypercornServer(App(), ServerSettings(SERVER_BACKLOG=7))
            await server.start([listener])
            try:
                # of a listening socket, Linux tells the length of its queue in the field `tcpi_sacked`
                return struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64), 28)
            finally:
                await server.stop()

    assert on_loop(scenario()) == (7,)


def test_an_application_that_refuses_to_start_is_an_error(on_loop):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no luck"})

    async def scenario():
        async with serving(app):
            pass

    with pytest.raises(ServerError, match=r"failed to start: .*no luck"):
        on_loop(scenario())


def test_an_application_that_never_starts_is_an_error(on_loop, monkeypatch):
    monkeypatch.setattr("dify_runtime.server.hypercorn_server.LIFESPAN_TIMEOUT", 0.1)

    async def app(scope, receive, send):
        await asyncio.Event().wait()

    async def scenario():
        async with serving(app):
            pass

    with pytest.raises(ServerError, match=r"the application did not start within 0\.1 s"):
        on_loop(scenario())


def test_an_application_that_fails_to_shut_down_is_logged(on_loop, caplog):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "no luck"})

    async def scenario():
        async with serving(app):
            pass

    on_loop(scenario())
    (record,) = caplog.records
    assert record.message.startswith("the application failed to shut down: ")
    assert "no luck" in record.message


def test_an_application_without_a_lifespan_is_served(on_loop):
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        await answer(send, b"hello")

    async def scenario():
        async with serving(app) as (_, address), opened(address) as wire:
            await wire.get("/")
            return await wire.until(b"hello")

    assert on_loop(scenario()).startswith(b"HTTP/1.1 200")


def test_a_stream_that_ends_within_the_limit_is_whole(on_loop):
    async def scenario():
        app = App()
        async with serving(app, SERVER_GRACEFUL_TIMEOUT=20) as (server, address), opened(address) as wire:
            await wire.get("/stream")
            await wire.until(b"begin")
            stopping = asyncio.create_task(server.stop())
            await refused(address)
            app.go.set()
            rest = await wire.rest()
            await stopping
        return app, rest

    app, rest = on_loop(scenario())
    assert rest.endswith(b"end" + WHOLE)
    assert not app.cancelled


def test_http_2_is_served_and_its_open_streams_finish_too(on_loop):
    async def scenario():
        app = App()
        async with (
            serving(app, SERVER_GRACEFUL_TIMEOUT=20) as (server, (host, port)),
            httpx.AsyncClient(base_url=f"http://{host}:{port}", http1=False, http2=True) as client,
        ):
            first = await client.get("/")
            async with client.stream("GET", "/stream") as response:
                parts = response.aiter_raw()
                begin = await anext(parts)
                stopping = asyncio.create_task(server.stop())
                await refused((host, port))
                app.go.set()
                rest = b"".join([part async for part in parts])
            await stopping
        return first, begin, rest

    first, begin, rest = on_loop(scenario())
    assert (first.http_version, first.content) == ("HTTP/2", b"hello")
    assert (begin, rest) == (b"begin", b"end")


def test_an_endless_stream_is_cut_at_the_limit(on_loop, caplog):
    async def scenario():
        app = App()
        async with serving(app, SERVER_GRACEFUL_TIMEOUT=0.1) as (server, address), opened(address) as wire:
            await wire.get("/stream")
            await wire.until(b"begin")
            await server.stop()
            return app, await wire.rest()

    app, rest = on_loop(scenario())
    assert app.cancelled
    assert WHOLE not in rest
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "cutting 1 connections that are still open after 0.1 s"
    ]


def test_a_peer_that_does_not_read_cannot_hold_the_stop(on_loop, monkeypatch):
    monkeypatch.setattr("dify_runtime.server.hypercorn_server.CUT_TIMEOUT", 0.1)

    async def scenario():
        async with serving(App(), SERVER_GRACEFUL_TIMEOUT=0.1) as (server, address):
            wire = await Wire.open(address)
            await wire.get("/flood")
            await wire.until(b"xxx")
            wire.writer.transport.pause_reading()
            await server.stop()
            wire.writer.transport.abort()
        return True

    assert on_loop(scenario())


def test_idle_connections_are_closed_at_once(on_loop):
    async def scenario():
        async with (
            serving(App(), SERVER_GRACEFUL_TIMEOUT=60) as (server, address),
            opened(address) as fresh,
            opened(address) as used,
            opened(address) as halfway,
        ):
            await used.get("/")
            await used.until(b"hello")
            await halfway.send("GET / HTTP/1.1", "Host:", end="")
            async with asyncio.timeout(20):
                await server.stop()
            return [await wire.rest() for wire in (fresh, used, halfway)]

    assert on_loop(scenario()) == [b"", b"", b""]


@pytest.mark.parametrize("first", [True, False], ids=["first", "next"])
def test_headers_that_trickle_in_are_cut_off(on_loop, first):
    async def scenario():
        async with serving(App(), SERVER_HEADER_TIMEOUT=0.2) as (_, address), opened(address) as wire:
            if not first:
                await wire.get("/")
                await wire.until(b"hello")
            await wire.send("GET / HTTP/1.1", "Host: test", end="\r\n")
            return await wire.rest()

    assert on_loop(scenario()) == b""


def test_the_limit_of_headers_is_not_one_of_answers_or_of_idle_connections(on_loop):
    async def scenario():
        app = App()
        async with serving(app, SERVER_HEADER_TIMEOUT=0.1) as (_, address), opened(address) as wire:
            await wire.get("/stream")
            await wire.until(b"begin")
            await asyncio.sleep(0.3)  # longer than the limit: that is the point
            app.go.set()
            await wire.until(WHOLE)
            await asyncio.sleep(0.3)
            await wire.get("/")
            return await wire.until(b"hello")

    assert on_loop(scenario()).startswith(b"HTTP/1.1 200")


def test_an_idle_connection_ends_with_its_keep_alive_time(on_loop):
    async def scenario():
        async with serving(App(), SERVER_KEEP_ALIVE_TIMEOUT=0.1) as (_, address), opened(address) as wire:
            await wire.get("/")
            await wire.until(b"hello")
            return await wire.rest()

    assert on_loop(scenario()) == b""


def test_a_connection_that_the_client_closed_is_let_go_at_once(on_loop):
    async def scenario():
        async with serving(App(), SERVER_KEEP_ALIVE_TIMEOUT=60) as (server, address):
            async with opened(address) as wire:
                await wire.get("/")
                await wire.until(b"hello")
                (connection,) = server._connections
            done, _ = await asyncio.wait([connection], timeout=20)
            return bool(done)

    assert on_loop(scenario())


def test_headers_over_the_limit_are_refused(on_loop):
    async def scenario():
        async with serving(App(), SERVER_MAX_HEADER_BYTES=4096) as (_, address), opened(address) as wire:
            await wire.send("GET / HTTP/1.1", "Host: test", "X-Long: " + "x" * 8192)
            return await wire.rest()

    assert on_loop(scenario()).startswith(b"HTTP/1.1 431")


def test_an_answer_before_the_end_of_a_big_upload_ends_the_connection(on_loop):
    async def scenario():
        async with serving(App(), SERVER_GRACEFUL_TIMEOUT=60) as (server, address), opened(address) as wire:
            await wire.send("POST /early HTTP/1.1", "Host: test", "Content-Length: 100000000")
            wire.writer.write(b"x" * 4_000_000)
            head = await wire.until(b"no")
            await wire.rest()
            async with asyncio.timeout(20):  # a connection that is stuck would hold the stop
                await server.stop()
            return head

    assert on_loop(scenario()).startswith(b"HTTP/1.1 401")


def test_a_socket_that_somebody_else_began_to_listen_on_is_an_error(on_loop):
    async def scenario():
        with bind("127.0.0.1", 0) as first:
            port = first.getsockname()[1]
            with bind("127.0.0.1", port) as second:
                second.listen()
                server = HypercornServer(App(), ServerSettings())
                try:
                    await server.start([first])
                finally:
                    await server.stop()

    with pytest.raises(ServerError, match=r"cannot listen on 127\.0\.0\.1:\d+: the port is in use .*--port"):
        on_loop(scenario())
