"""What the machinery of groups costs: `python tests/http/benchmark.py` prints a ratio to a bare Quart route.

Both applications are driven in this process, without a server, so that the ratio is the worst there is: behind a server
the same difference is a smaller share.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from quart import Quart

from dify_runtime.http import HttpContributions, HttpSettings, build_app
from dify_runtime_sdk.http import ROOT, BlueprintGroup, CorsPolicy, Routes

REQUESTS = 2_000
ROUNDS = 7
HEALTH = {"pid": 1, "status": "ok", "version": "1.12.1"}


async def health(*_context: Any) -> dict[str, Any]:
    """What both applications answer."""
    return HEALTH


async def health_route(context: Any) -> dict[str, Any]:
    """The same, as a handler of a group."""
    return HEALTH


def bare() -> Any:
    """The baseline: one route on plain Quart."""
    app = Quart(__name__)
    app.get("/health")(health)
    return app


def grouped() -> Any:
    """The same route in the group `root`, and in a group with CORS."""
    root, service = Routes(ROOT), Routes("service", public=True)
    root.get("/health")(health_route)
    service.get("/health")(health_route)
    cors = CorsPolicy(("*",), ("GET", "POST"), ("Content-Type",), ("X-Version",))
    contributions = HttpContributions(
        groups=[("group", BlueprintGroup("service", "/v1", cors=cors))],
        routes=[("feature", root), ("feature", service)],
        view=lambda _plugin: None,  # type: ignore[arg-type, return-value]  # the handlers look at none
    )
    return build_app(contributions, HttpSettings()).asgi


async def request(app: Callable[..., Any], path: str) -> None:
    """One request; the client leaves when it has its answer."""
    ended = asyncio.Event()
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(messages, None)
        if message is None:
            await ended.wait()
        return message or {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    headers = [(b"host", b"localhost"), (b"origin", b"https://a.example")]
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "headers": headers}
    await app({**scope, "query_string": b"", "root_path": "", "client": None, "server": None}, receive, send)


async def microseconds(app: Callable[..., Any], path: str) -> float:
    """The mean time of a request in one round."""
    began = time.perf_counter()
    for _ in range(REQUESTS):
        await request(app, path)
    return (time.perf_counter() - began) / REQUESTS * 1e6


async def main() -> None:
    """Rounds of all three in turn; medians are compared."""
    plain, groups = bare(), grouped()
    runs = {"bare Quart": (plain, "/health"), "group root": (groups, "/health"), "group, CORS": (groups, "/v1/health")}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, (app, path) in runs.items():
            times[name].append(await microseconds(app, path))
    baseline = statistics.median(times["bare Quart"])
    for name, measured in times.items():
        median = statistics.median(measured)
        sys.stdout.write(f"{name:12} {median:7.1f} us/request, {baseline / median:.2f} x the rate of bare Quart\n")


if __name__ == "__main__":
    asyncio.run(main())
