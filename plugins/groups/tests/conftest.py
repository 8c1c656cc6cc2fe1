"""All eight plugins, booted with a feature that has a route in every group."""

from collections.abc import Iterable

import pytest

from dify_groups.api_docs.plugin import ApiDocsPlugin
from dify_groups.group_console.plugin import GroupConsolePlugin
from dify_groups.group_files.plugin import GroupFilesPlugin
from dify_groups.group_inner.plugin import GroupInnerPlugin
from dify_groups.group_mcp.plugin import GroupMcpPlugin
from dify_groups.group_service.plugin import GroupServicePlugin
from dify_groups.group_trigger.plugin import GroupTriggerPlugin
from dify_groups.group_web.plugin import GroupWebPlugin
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.http import BadRequest, InvalidParam, NotFound, PayloadTooLarge, Routes

GROUPS = {
    "group-console": GroupConsolePlugin,
    "group-service": GroupServicePlugin,
    "group-web": GroupWebPlugin,
    "group-files": GroupFilesPlugin,
    "group-inner": GroupInnerPlugin,
    "group-mcp": GroupMcpPlugin,
    "group-trigger": GroupTriggerPlugin,
}

RAISED = {
    "bad": BadRequest("GET is not what the webhook expects"),
    "value": ValueError("wrong value"),
    "invalid": InvalidParam("wrong parameter"),
    "missing": NotFound("no such webhook"),
    "large": PayloadTooLarge("too large"),
    "bug": RuntimeError("hunter2"),
}


async def answer(context) -> dict[str, str]:
    return {"group": context.group}


async def fail(context, kind: str):
    raise RAISED[kind]


async def hook(context):
    return {"error": "Bad Request", "message": "OPTIONS is not what the webhook expects"}, 400


class FeaturePlugin(Plugin):
    """A public route in every group, one that fails, and one that answers OPTIONS itself."""

    requires = tuple(GROUPS)

    @hookimpl
    def routes(self) -> Iterable[Routes]:
        for group in GROUPS:
            routes = Routes(group.removeprefix("group-"), public=True)
            routes.get("/it", summary="It")(answer)
            routes.post("/it")(answer)
            routes.get("/fail/<kind>")(fail)
            yield routes
        hooks = Routes("trigger", public=True)
        hooks.add("OPTIONS", "/webhook/one", hook)
        yield hooks


@pytest.fixture
async def boot(runtime):
    """Boots the groups, the feature and api-docs; gives the HTTP client."""

    async def boot(*, without=(), more=None, **settings):
        plugins = {**GROUPS, "api-docs": ApiDocsPlugin, "feature": FeaturePlugin, **(more or {})}
        chosen = {name: plugin for name, plugin in plugins.items() if name not in without}
        return (await runtime(chosen, settings=settings)).client

    return boot
