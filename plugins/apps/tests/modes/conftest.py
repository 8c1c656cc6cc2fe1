"""Runtimes with the easy modes and scripted models, and apps to run on them."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import yaml

from dify_apps.api import Caller, Generator, InvokeFrom, RunRequest
from dify_apps.modes.offers import ModeOffers
from dify_apps.reading import AppReader
from dify_database import Database
from dify_nodes.plugin import NodesPlugin
from dify_runtime_sdk import Plugin, Service, hookimpl
from dify_runtime_sdk.model_uses import DefaultModels
from dify_runtime_sdk.models import LanguageModels
from plugins.apps.tests.scripted_models import ScriptedModels


@pytest.fixture
def database_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The embedded database; modules whose rows matter ask for the other one too, by `indirect` parameters."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return {}
    settings: dict[str, Any] = request.getfixturevalue("postgres_settings")
    return settings


@pytest.fixture
def models() -> ScriptedModels:
    """What models say."""
    return ScriptedModels()


@pytest.fixture
def offered() -> dict[type[Any], Any]:
    """Further services by protocol; tests add to it before they ask for `run`."""
    return {}


@pytest.fixture
def plugins(plugins: dict[str, type[Plugin]], models: ScriptedModels, offered: dict[type[Any], Any]) -> Any:
    """The plugins of apps, the modes, nodes for graphs, and scripted models."""
    modes = ModeOffers()

    class TestModels(Plugin):
        @hookimpl
        def services(self) -> Any:
            known = {LanguageModels: models, DefaultModels: models, **offered}
            return [Service(key, lambda runtime, value=value: value) for key, value in known.items()]

    class TestModes(Plugin):
        requires = ("apps",)

        @hookimpl
        def app_modes(self) -> Any:
            return modes.offers()

        @hookimpl
        def services(self) -> Any:
            return modes.services()

    others = {name: plugin for name, plugin in plugins.items() if name != "apps-modes"}
    return {**others, "nodes": NodesPlugin, "test-models": TestModels, "test-modes": TestModes}


BASIC: dict[str, Any] = {
    "agent_mode": {"enabled": False, "max_iteration": 10, "strategy": "function_call", "tools": []},
    "dataset_configs": {"datasets": {"datasets": []}, "retrieval_model": "multiple", "top_k": 4},
    "model": {
        "completion_params": {"stop": [], "temperature": 0.7},
        "mode": "chat",
        "name": "gpt-4o-mini",
        "provider": "langgenius/openai/openai",
    },
    "opening_statement": "Hi, {{who}}!",
    "pre_prompt": "You are a helper for {{who}}.",
    "prompt_type": "simple",
    "retriever_resource": {"enabled": True},
    "user_input_form": [{"text-input": {"label": "Who", "variable": "who", "required": True, "max_length": 48}}],
}


class Runs:
    """Runs apps of one workspace, as the routes will."""

    def __init__(self, booted: Any, library: Any, who: dict[str, str]) -> None:
        self.booted = booted
        self.library = library
        self.who = who
        self.caller = Caller(
            id=str(uuid.uuid4()), role="end_user", invoke_from=InvokeFrom.SERVICE_API, session_id="bob"
        )

    async def app(self, mode: str = "chat", **config: Any) -> Any:
        """An app of a mode, its configuration that of `BASIC` but for `config`."""
        document = {
            "version": "0.5.0",
            "kind": "app",
            "app": {"name": "App", "mode": mode, "icon": "🤖"},
            "model_config": {**BASIC, **config},
        }
        return await self._imported(document)

    async def graph(self, *nodes: dict[str, Any], mode: str = "advanced-chat", **features: Any) -> Any:
        """An app with a graph: `nodes`, one after the other."""
        shaped = [
            {"id": node.get("id", node["type"]), "type": "custom", "data": {"title": "N", **node}} for node in nodes
        ]
        pairs = pairwise(shaped)
        edges = [{"id": f"e{at}", "source": one["id"], "target": next_["id"]} for at, (one, next_) in enumerate(pairs)]
        workflow = {
            "graph": {"nodes": shaped, "edges": edges},
            "features": features,
            "environment_variables": [],
            "conversation_variables": [],
        }
        app = {"name": "Flow", "mode": mode, "icon": "🤖"}
        return await self._imported({"version": "0.5.0", "kind": "app", "app": app, "workflow": workflow})

    async def _imported(self, document: dict[str, Any]) -> Any:
        text = yaml.safe_dump(document, allow_unicode=True)
        result = await self.library.import_app(text, publish=True, **self.who)
        assert result.status == "completed", result.error
        reader = await self.booted.services.get(AppReader)
        return await reader.get(result.app_id, tenant_id=self.who["tenant_id"])

    def request(self, app: Any, query: str | None = "hi there", **more: Any) -> RunRequest:
        """A request of the caller."""
        values: dict[str, Any] = {"inputs": {"who": "Ann"}, "caller": self.caller, "streaming": True, **more}
        return RunRequest(app=app, query=query, **values)

    async def reader(self, request: RunRequest) -> Any:
        """Begin a run."""
        return await (await self.booted.services.get(Generator)).generate(request)

    async def stop(self, task_id: str) -> None:
        """Ask a run to end early."""
        await (await self.booted.services.get(Generator)).stop(task_id, caller=self.caller)

    async def events(self, app: Any, query: str | None = "hi there", **more: Any) -> list[dict[str, Any]]:
        """All events of a run."""
        reader = await self.reader(self.request(app, query, **more))
        return [one.event async for one in reader.events() if one.event is not None]

    async def blocking(self, app: Any, query: str | None = "hi there", **more: Any) -> dict[str, Any]:
        """The answer of a run for a client that does not stream."""
        reader = await self.reader(self.request(app, query, streaming=False, **more))
        return dict((await reader.answer()).body)

    async def rows(self, table: Any, **where: Any) -> list[Any]:
        """The rows of a table, by their columns."""
        query = table.select().where(*[table.c[name] == value for name, value in where.items()])
        database = await self.booted.services.get(Database)
        return list((await database.read(lambda session: session.execute(query))).all())

    async def row(self, table: Any, **where: Any) -> Any:
        """The only row."""
        (row,) = await self.rows(table, **where)
        return row

    async def write(self, statement: Any) -> None:
        """Change rows."""
        database = await self.booted.services.get(Database)
        await database.write(lambda session: session.execute(statement))

    async def eventually(self, check: Callable[[], Any]) -> Any:
        """What `check` gives once it gives something true; background work has no event to wait for."""
        async with asyncio.timeout(10):
            while not (found := await check()):  # noqa: ASYNC110 - it happens in rows
                await asyncio.sleep(0.01)
        return found

    def as_web_app(self) -> None:
        """Call through the web app from now on."""
        self.caller = replace(self.caller, invoke_from=InvokeFrom.WEB_APP)


@pytest.fixture
async def run(booted: Any, library: Any, who: dict[str, str]) -> Runs:
    """Apps and their runs."""
    return Runs(booted, library, who)
