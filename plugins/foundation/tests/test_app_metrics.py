import os
import threading

import pytest

from dify_foundation.app_metrics.middleware import version_headers
from dify_foundation.app_metrics.plugin import AppMetricsPlugin
from dify_foundation.app_metrics.routes.root import root_routes
from dify_foundation.app_metrics.settings import AppMetricsSettings
from dify_runtime_sdk import DIFY_API_VERSION, CheckResult, Introspection, Readiness
from dify_runtime_sdk.http import RequestContext


class Host:
    """A host with a fixed state."""

    version = "9.8.7"

    def __init__(self, status="ready"):
        self.status = status
        self.asked = 0

    def plugins(self):
        return [{"name": "database", "state": "started"}]

    async def readiness(self):
        self.asked += 1
        check = CheckResult("ping", "database", True, 1.5, "refused" if self.status == "not_ready" else None)
        return Readiness(self.status, [check], {"mail": "no server"} if self.status == "degraded" else {})


@pytest.fixture
def wrapped(fake, answer):
    """An application with the headers middleware around it, and the runtime it asks."""

    def wrapped(app=None, environment="PRODUCTION", **offers):
        runtime = fake(**offers)
        return version_headers(runtime, environment)(app or answer(b"ok")), runtime

    return wrapped


@pytest.mark.parametrize("status", [200, 404, 405, 500])
async def test_every_answer_says_which_versions_it_comes_from(wrapped, answer, drive, status):
    app, _ = wrapped(answer(b"", status=status, headers={"content-type": "x/y"}), offers={Introspection: Host()})
    assert (await drive(app)).headers == {
        "content-type": "x/y",
        "x-version": DIFY_API_VERSION,
        "x-env": "PRODUCTION",
        "x-runtime-version": "9.8.7",
    }


async def test_a_refused_websocket_says_it_too(wrapped, drive):
    async def app(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 403})

    wrapper, _ = wrapped(app, offers={Introspection: Host()})
    assert (await drive(wrapper, type="websocket")).headers["x-runtime-version"] == "9.8.7"


async def test_the_host_is_asked_once_and_again_only_while_it_cannot_answer(wrapped, drive):
    app, runtime = wrapped()
    assert "x-runtime-version" not in (await drive(app)).headers
    runtime.offers[Introspection] = Host()
    assert (await drive(app)).headers["x-runtime-version"] == "9.8.7"
    runtime.offers.clear()
    assert (await drive(app)).headers["x-runtime-version"] == "9.8.7"


async def test_an_environment_name_cannot_break_the_header(wrapped, drive):
    app, _ = wrapped(environment="staging\r\nset-cookie: x=1 é")
    assert (await drive(app)).headers["x-env"] == "staging set-cookie: x=1 ?"


async def test_the_lifespan_passes_through(wrapped, drive):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await drive(wrapped(app)[0], type="lifespan")
    assert seen == ["lifespan"]


@pytest.fixture
def call(fake):
    """Call the handler of a path as the host would."""

    async def call(path, host=None):
        handler = next(route.handler for route in root_routes() if route.path == path)
        runtime = fake(offers={Introspection: host or Host()})
        return await handler(RequestContext(runtime=runtime, request=None, group="root"))

    return call


async def test_health_asks_nothing(call):
    host = Host("not_ready")
    assert (await call("/health", host)).model_dump() == {
        "pid": os.getpid(),
        "status": "ok",
        "version": DIFY_API_VERSION,
    }
    assert host.asked == 0


@pytest.mark.parametrize(("status", "code"), [("ready", 200), ("degraded", 200), ("not_ready", 503)])
async def test_readiness_is_told_with_its_reasons(call, status, code):
    report, got = await call("/health/ready", Host(status))
    assert got == code
    assert report.model_dump() == {
        "status": status,
        "checks": [
            {
                "name": "ping",
                "plugin": "database",
                "essential": True,
                "ms": 1.5,
                "error": "refused" if status == "not_ready" else None,
            }
        ],
        "failed_plugins": {"mail": "no server"} if status == "degraded" else {},
    }


async def test_threads_are_listed(call):
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait, name="a test's own")
    thread.start()
    try:
        report = (await call("/threads")).model_dump()
    finally:
        waiting.set()
        thread.join()
    assert report["pid"] == os.getpid()
    assert report["thread_num"] == len(report["threads"])
    assert {"name": "a test's own", "id": thread.ident, "is_alive": True} in report["threads"]


async def test_plugins_are_listed(call):
    assert await call("/plugins") == [{"name": "database", "state": "started"}]


async def test_the_plugin_contributes_its_routes_into_the_root_group_and_its_environment(fake, answer, drive):
    plugin = AppMetricsPlugin()
    routes = [route for collection in plugin.routes() for route in collection]
    assert [(route.group, route.method, route.path, route.public) for route in routes] == [
        ("root", "GET", "/health", True),
        ("root", "GET", "/health/ready", True),
        ("root", "GET", "/threads", True),
        ("root", "GET", "/plugins", True),
    ]
    (middleware,) = plugin.asgi_middleware(fake(AppMetricsSettings(DEPLOY_ENV="TESTING")))
    assert (await drive(middleware(answer(b"")))).headers["x-env"] == "TESTING"
