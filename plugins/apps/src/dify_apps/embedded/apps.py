"""The apps of an embedded runtime."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.embedding import EmbeddedRuntime

from ..api import App, Caller, Generator, RunRequest, StartedRun
from ..library import AppModeError, AppNotFoundError, AppRecord
from .run import Run

if TYPE_CHECKING:
    from dify_files import UploadedFile
    from dify_runtime_sdk.http import ASGIApp

    from ..library.workplace import Workplace

_CALLS: Final = {
    "chat": "chat",
    "agent-chat": "chat",
    "advanced-chat": "chat",
    "completion": "complete",
    "workflow": "run",
}
"""The methods that run the apps of Dify's modes."""

type _Files = Sequence[Mapping[str, Any]]


class Apps:
    """What `dify_apps.open` gives; valid inside its block.

    `app` is the name or id of an app. `user` names the end user whose conversations and files these are; nobody named
    is the shared anonymous one. `inputs` and `files` are those of a request to the Service API. A run that is begun
    raises, besides the `HttpError`s of `dify_apps.errors`, `AppNotFoundError` and `AppModeError`.
    """

    def __init__(self, embedded: EmbeddedRuntime, place: "Workplace", served: Sequence[AppRecord]) -> None:
        self._embedded = embedded
        self._place = place
        self._served = tuple(served)
        times = Counter(app.name for app in self._served)
        self._ids = {app.name: app.id for app in self._served if times[app.name] == 1}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the apps that the files made, in their order."""
        return tuple(app.name for app in self._served)

    @property
    def runtime(self) -> Runtime:
        """The runtime: its services, settings and events."""
        return self._embedded.runtime

    @property
    def asgi(self) -> "ASGIApp":
        """The Service API as an ASGI application, to mount or serve; raises `DifyRuntimeError` unless `serving`."""
        return self._embedded.asgi

    def chat(
        self,
        app: str,
        query: str,
        *,
        inputs: Mapping[str, Any] | None = None,
        conversation_id: str | None = None,
        user: str | None = None,
        files: _Files = (),
    ) -> Run:
        """One turn of a conversation with a chat, agent or chatflow app; without `conversation_id`, of a new one."""
        turn = {"query": query, "conversation_id": conversation_id, "auto_generate_name": True}
        return self._run("chat", app, user, inputs=inputs or {}, files=files, **turn)

    def complete(
        self,
        app: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        query: str = "",
        user: str | None = None,
        files: _Files = (),
    ) -> Run:
        """A run of a completion app."""
        return self._run("complete", app, user, inputs=inputs or {}, files=files, query=query)

    def run(
        self,
        app: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        user: str | None = None,
        files: _Files = (),
    ) -> Run:
        """A run of a workflow app."""
        return self._run("run", app, user, inputs=inputs or {}, files=files)

    async def upload(
        self, app: str, content: bytes, *, filename: str, mime_type: str | None = None, user: str | None = None
    ) -> "UploadedFile":
        """Store a file that `files` can name: `{"transfer_method": "local_file", "upload_file_id": file.id, …}`.

        Raises `FilesError` for a type that is not allowed, or too much content.
        """
        from dify_files import Creator, Files

        found = await self._app(app)
        caller = await self._caller(found, user)
        store = await self.runtime.services.get(Files)
        creator = Creator(role="end_user", id=caller.id)
        return await store.upload(
            _whole(content), filename=filename, mime_type=mime_type, tenant_id=found.tenant_id, creator=creator
        )

    async def key(self, app: str) -> str:
        """An API key of the app, for clients of `asgi`: its oldest, made when it has none."""
        return await self._place.key(await self._id(app))

    def _run(self, call: str, app: str, user: str | None, **wanted: Any) -> Run:
        async def begin() -> StartedRun:
            found = await self._app(app)
            fitting = _CALLS.get(found.mode, call)  # a mode of another plugin takes what it can use
            if fitting != call:
                raise AppModeError(f"{app!r} is an app of the mode {found.mode}", hint=f"call `{fitting}`")
            caller = await self._caller(found, user)
            request = RunRequest(app=found, caller=caller, streaming=True, **wanted)
            return await (await self._generator()).generate(request)

        async def stop(task_id: str) -> None:
            await (await self._generator()).stop(task_id, caller=None)

        return Run(begin, stop)

    async def _app(self, app: str) -> App:
        from ..reading import AppReader  # SQLAlchemy, which the boot has imported

        app_id = await self._id(app)
        reader = await self.runtime.services.get(AppReader)
        found = await reader.get(app_id, tenant_id=self._place.tenant_id)
        if found is None:
            raise AppNotFoundError(f"the app {app!r} was deleted")
        return found

    async def _id(self, app: str) -> str:
        return self._ids.get(app) or (await self._place.find(app)).id

    async def _caller(self, app: App, user: str | None) -> Caller:
        from ..callers import service_caller

        return await service_caller(self.runtime, app, user)

    async def _generator(self) -> Generator:
        return await self.runtime.services.get(Generator)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
