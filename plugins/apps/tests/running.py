"""A runtime with apps, and a mode whose runs do what a test wants."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from dify_accounts.plugin import AccountsPlugin
from dify_apps import App, AppModeOffer, BlockingAnswer, Caller, InvokeFrom, PreparedRun, RunOutput, RunRequest
from dify_apps.plugin import AppsPlugin
from dify_apps.tables.apps import TAGS
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_database import utc_now, uuid4_text
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_egress.plugin import EgressPlugin
from dify_files.plugin import FilesPlugin
from dify_runtime_sdk import Plugin, hookimpl
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin
from dify_workflow.plugin import WorkflowPlugin

TENANT = "11111111-1111-1111-1111-111111111111"
APP = App(
    id="22222222-2222-2222-2222-222222222222",
    tenant_id=TENANT,
    name="Test",
    mode="scripted",
    status="normal",
    enable_api=True,
    enable_site=True,
    max_active_requests=None,
)
CALLER = Caller(
    id="33333333-3333-3333-3333-333333333333", role="end_user", invoke_from=InvokeFrom.SERVICE_API, session_id="u"
)

type Script = Callable[[PreparedRun, RunOutput], Awaitable[None]]


def request(**changes: Any) -> RunRequest:
    return RunRequest(**{"app": APP, "caller": CALLER, "inputs": {}, **changes})


def row(name: str) -> tuple[Any, None]:
    """A row that a run leaves; the table is one that runs do not touch otherwise."""
    values = {"id": uuid4_text(), "tenant_id": TENANT, "type": "run", "name": name, "created_by": TENANT}
    return insert(TAGS).values(**values, created_at=utc_now()), None


async def rows(database: Any) -> list[str]:
    """The names of the rows that are there."""
    found = await database.read(lambda session: session.scalars(select(TAGS.c.name).order_by(TAGS.c.name)))
    return list(found)


async def answer(prepared: PreparedRun, output: RunOutput) -> None:
    """Say two words, and end."""
    output.emit({"event": "message", "answer": "a"})
    output.record(row("answered"))
    await output.end({"event": "message_end", "answer": "b"})


class ScriptedMode:
    """Runs the script of the test; `resumed` and `ended` are what it was asked for."""

    name = "scripted"

    def __init__(self) -> None:
        self.script: Script = answer
        self.stored: dict[str, Any] | None = None
        self.refusal: Exception | None = None
        self.resumed: list[str] = []
        self.ended: list[tuple[str, str]] = []

    async def prepare(self, asked: RunRequest) -> PreparedRun:
        if self.refusal is not None:
            raise self.refusal
        run_id = uuid4_text()
        return PreparedRun(
            task_id=uuid4_text(),
            run_id=run_id,
            request=asked,
            shared={"message_id": run_id},
            writes=[row("begun")],
            stored=self.stored,
        )

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        await self.script(prepared, output)

    async def resume(self, run: Any) -> PreparedRun | None:
        self.resumed.append(run.run_id)
        return PreparedRun(
            task_id=run.task_id,
            run_id=run.run_id,
            request=request(),
            shared={"message_id": run.run_id},
            stored=run.stored,
        )

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Any]:
        self.ended.append((run_id, error))
        return [(update(TAGS).where(TAGS.c.name == "begun").values(name="broken off"), None)]

    def blocking(self, prepared: PreparedRun, events: Sequence[dict[str, Any]]) -> BlockingAnswer:
        return BlockingAnswer(body={"answer": "".join(one["answer"] for one in events)})


def plugins_with(mode: ScriptedMode) -> dict[str, type[Plugin]]:
    """What apps need, apps, and the mode."""

    class ModePlugin(Plugin):
        requires = ("apps",)

        @hookimpl
        def app_modes(self) -> list[AppModeOffer]:
            async def make(_runtime: Any) -> ScriptedMode:
                return mode

            return [AppModeOffer("scripted", make)]

    return {
        "database": DatabasePlugin,
        "migrations": MigrationsPlugin,
        "cache": CachePlugin,
        "cache-local": CacheLocalPlugin,
        "storage": StoragePlugin,
        "storage-local": StorageLocalPlugin,
        "secrets": SecretsPlugin,
        "egress": EgressPlugin,
        "accounts": AccountsPlugin,
        "files": FilesPlugin,
        "workflow": WorkflowPlugin,
        "apps": AppsPlugin,
        "scripted": ModePlugin,
    }


class Gate:
    """Two events of a test: the run has come to it, and may go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.free = asyncio.Event()

    async def wait(self) -> None:
        self.reached.set()
        await self.free.wait()
