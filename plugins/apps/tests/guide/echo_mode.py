"""The example of the guide to app modes: apps that say what they are told."""

from collections.abc import Sequence

from dify_apps import (
    AppModeOffer,
    BlockingAnswer,
    OrphanedRun,
    PreparedRun,
    RunOutput,
    RunRequest,
    WireEvent,
    Write,
)
from dify_database import uuid4_text
from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.http import InvalidParam


class EchoMode:
    """Says the query, a word at a time."""

    name = "echo"

    async def prepare(self, request: RunRequest) -> PreparedRun:
        if not request.query:
            raise InvalidParam("query is required")
        run_id = uuid4_text()
        return PreparedRun(task_id=uuid4_text(), run_id=run_id, request=request, shared={"message_id": run_id})

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        for word in (prepared.request.query or "").split():
            if output.stopping:
                break
            output.emit({"event": "message", "answer": f"{word} "})
        await output.end({"event": "message_end", "metadata": {}})

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        return None  # a run of this mode is over before a process can die in it

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Write]:
        return ()  # it has no rows of its own

    def blocking(self, prepared: PreparedRun, events: Sequence[WireEvent]) -> BlockingAnswer:
        words = [event["answer"] for event in events if event["event"] == "message"]
        return BlockingAnswer(body={"event": "message", "answer": "".join(words)})


class EchoPlugin(Plugin):
    """Brings the mode `echo`."""

    requires = ("apps",)

    @hookimpl
    def app_modes(self) -> list[AppModeOffer]:
        return [AppModeOffer("echo", make)]


async def make(runtime: Runtime) -> EchoMode:
    """The mode, made at its first run: services can be looked up here."""
    return EchoMode()
