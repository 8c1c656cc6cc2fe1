"""The code of the guide "Call out"."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from dify_egress.plugin import EgressPlugin
from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl
from dify_runtime_sdk.egress import Egress, EgressDeniedError, EgressError, Limits


class Previews:
    """Fetches the beginning of whatever page a user names."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def title(self, url: str) -> str:
        egress = await self._runtime.services.get(Egress)
        client = egress.untrusted(limits=Limits(read=3, response_bytes=100_000))
        try:
            response = await client.get(url, follow_redirects=True, headers=dict(egress.headers()))
            return response.raise_for_status().text.partition("<title>")[2].partition("</title>")[0]
        except EgressDeniedError:
            return "(not allowed)"
        except EgressError as error:
            return f"({error.message})"

    async def download(self, url: str, write: Callable[[bytes], None]) -> None:
        egress = await self._runtime.services.get(Egress)
        async with egress.untrusted().stream("GET", url) as response, aclosing(response.aiter_bytes()) as chunks:
            async for chunk in chunks:
                write(chunk)


class PreviewsPlugin(Plugin):
    """Offers previews."""

    @hookimpl
    def services(self) -> list[Service[Any]]:
        return [Service(Previews, Previews)]


@pytest.fixture
def boot(runtime):
    async def boot(environ):
        booted = await runtime({"egress": EgressPlugin, "previews": PreviewsPlugin}, environ=environ)
        return await booted.services.get(Previews)

    return boot


async def test_a_page_is_fetched(boot, serve, answer):
    server = await serve(answer(body=b"<title>Hello</title>"))
    previews = await boot({"EGRESS_ALLOW": "127.0.0.1"})
    assert await previews.title(server.url) == "Hello"


async def test_what_is_not_allowed_is_said(boot, serve):
    server = await serve()
    previews = await boot({})
    assert await previews.title(server.url) == "(not allowed)"
    assert server.connections == 0


async def test_what_fails_is_said(boot, serve, answer):
    server = await serve(answer(404))
    previews = await boot({"EGRESS_ALLOW": "127.0.0.1"})
    assert await previews.title(f"{server.url}/?key=secret") == f"({server.url} answers 404)"


async def test_a_file_is_streamed(boot, serve, answer):
    server = await serve(answer(body=b"x" * 300_000))
    previews = await boot({"EGRESS_ALLOW": "127.0.0.1"})
    chunks = []
    await previews.download(server.url, chunks.append)
    assert len(b"".join(chunks)) == 300_000
