"""An HTTP application made of hand-written contributions, in process or behind a real server."""

import asyncio
import socket
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from dify_runtime.http import HttpContributions, HttpSettings, build_app
from dify_runtime_sdk.http import ApiDocsPage, BlueprintGroup, Routes


class FakeServices:
    """Look-up among given objects."""

    def __init__(self, offers):
        self._offers = offers

    def offered(self, key):
        return key in self._offers

    async def get(self, key):
        return self._offers[key]


class FakeView:
    """As much of a plugin's view of the runtime as HTTP needs."""

    def __init__(self, plugin, offers):
        self.plugin = plugin
        self.services = FakeServices(offers)


def contributed(values):
    """Pairs of plugin name and value; a bare value is of the plugin 'feature'."""
    return [value if isinstance(value, tuple) else ("feature", value) for value in values]


@pytest.fixture
def docs_page():
    """What a plugin offers to have docs served."""
    return ApiDocsPage(lambda group, root_path: f"<!doctype html><title>{group.name} {root_path}</title>")


@pytest.fixture
def build():
    """Builds an application: `build(groups=[...], routes=[...])`, each value of the plugin 'feature' or a pair."""

    def build(*, offers=None, settings=None, **contributions):
        given = {hook: contributed(values) for hook, values in contributions.items()}
        view = lambda plugin: FakeView(plugin, offers or {})  # noqa: E731 - a line of glue
        return build_app(HttpContributions(view=view, **given), HttpSettings(**(settings or {})))

    return build


@pytest.fixture
def serve_handler(build):
    """An application with one public route at /x/it, in a group at /x."""

    def serve(handler, *, method="POST", path="/it", group=None, settings=None, **options):
        group = group or BlueprintGroup("x", "/x")
        routes = Routes(group.name, public=True)
        routes.add(method, path, handler, **options)
        return build(groups=[group], routes=[routes], settings=settings)

    return serve


@pytest.fixture
async def client_of():
    """Clients of applications in this process; what an application raises reaches the test."""
    async with AsyncExitStack() as stack:

        async def client(app, **options):
            asgi = getattr(app, "asgi", app)
            transport = httpx.ASGITransport(asgi, **options)
            return await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://test"))

        yield client


@asynccontextmanager
async def hypercorn(app):
    """A real server on loopback; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.errorlog = None
    stop = asyncio.Event()
    server = asyncio.create_task(hypercorn_serve(app.asgi, config, shutdown_trigger=stop.wait))
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        await server
        listener.detach()  # the server has closed it


@pytest.fixture
async def port_of():
    """Serves applications on real sockets for one test: `await port_of(app)`."""
    async with AsyncExitStack() as stack:

        async def port(app):
            return await stack.enter_async_context(hypercorn(app))

        yield port


class Recorder:
    """Drives an ASGI application by hand: what it gets, and what it sent."""

    def __init__(self, **scope):
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"test")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "extensions": {},
            **scope,
        }
        self.sent = []
        self.ended = asyncio.Event()
        self.incoming = asyncio.Queue()
        self.incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def run(self, app):
        """Call the application until it returns; the client leaves when the answer is complete."""
        await app(self.scope, self._receive, self._send)
        return self

    async def _receive(self):
        if not self.incoming.empty():
            return self.incoming.get_nowait()
        await self.ended.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.ended.set()

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent)


@pytest.fixture
def recorder():
    return Recorder
