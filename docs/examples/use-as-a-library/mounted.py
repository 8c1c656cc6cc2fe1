"""A program with pages of its own, and the Service API below `/assistant`."""

from contextlib import AsyncExitStack

from quart import Quart

import dify_apps
from dify_runtime_sdk.http import Receive, Scope, Send

site = Quart("site")
opened = AsyncExitStack()


@site.before_serving
async def boot() -> None:
    apps = dify_apps.open(["assistant.yml"], home="home", serving=True)
    site.extensions["apps"] = await opened.enter_async_context(apps)


@site.after_serving
async def stop() -> None:
    await opened.aclose()


@site.get("/")
async def index() -> str:
    return "a page of the site"


@site.get("/key")
async def key() -> str:  # for this example alone: whoever has the key may use the app
    found: str = await site.extensions["apps"].key("Assistant")
    return found


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"].startswith("/assistant/"):
        await site.extensions["apps"].asgi({**scope, "root_path": "/assistant"}, receive, send)
    else:
        await site(scope, receive, send)  # type: ignore[arg-type]  # Quart has types of its own for the same things
