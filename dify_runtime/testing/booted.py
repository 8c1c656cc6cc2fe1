"""A runtime booted for a test: exactly the given plugins, an in-process HTTP client, nothing from the environment."""

import asyncio
import gc
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dify_runtime.runtime import Runtime
from dify_runtime_sdk import Events, Interceptors, Plugin, Services, Settings
from dify_runtime_sdk.plugin import Role

if TYPE_CHECKING:
    import httpx

    from dify_runtime.records import PluginRecord

API: Final[frozenset[Role]] = frozenset(("api",))
"""The roles a test boots with unless it says otherwise."""


class BootedRuntime:
    """What the `runtime` fixture gives: the runtime with a client on its HTTP application."""

    def __init__(self, runtime: Runtime, client: "httpx.AsyncClient | None") -> None:
        self.runtime = runtime
        self._client = client

    @property
    def client(self) -> "httpx.AsyncClient":
        """An HTTP client whose requests go to the application in this process; needs the role `api`."""
        if self._client is None:
            raise RuntimeError("booted without the role api: there is no HTTP application")
        return self._client

    @property
    def services(self) -> Services:
        """Look-up of services."""
        return self.runtime.services

    @property
    def events(self) -> Events:
        """Publication of events."""
        return self.runtime.events

    @property
    def interceptors(self) -> Interceptors:
        """The chains around calls."""
        return self.runtime.interceptors

    @property
    def records(self) -> "dict[str, PluginRecord]":
        """Every plugin's record, in the resolved order."""
        return self.runtime.records

    def settings[S: Settings](self, model: type[S]) -> S:
        """The validated settings of `model`."""
        return self.runtime.settings(model)


class RuntimeFactory:
    """Boots runtimes for one test and stops them when it ends; the value of the `runtime` fixture."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = AsyncExitStack()

    async def __call__(
        self,
        plugins: Mapping[str, type[Plugin]],
        *,
        roles: Collection[Role] = API,
        only: Collection[str] | None = None,
        settings: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        strict: bool = True,
    ) -> BootedRuntime:
        """Boot exactly `plugins` (name to class), with `settings` as the init layer.

        The process environment and the working directory are not read: `environ` stands in for the one, a temporary
        directory for the other, which is also the home. Failures stop the boot unless `strict` is False. Raises
        `BootError`.
        """
        runtime = await self._stack.enter_async_context(
            Runtime.boot(
                plugins=plugins,
                roles=roles,
                only=only,
                overrides=settings,
                environ=environ or {},
                cwd=self._directory,
                strict=strict,
            )
        )
        client = await self._stack.enter_async_context(_client(runtime)) if "api" in runtime.roles else None
        return BootedRuntime(runtime, client)

    async def stop(self) -> None:
        """Stop what this test booted, last booted first; a test may call it to see the end of its runtimes."""
        await self._stack.aclose()


def _client(runtime: Runtime) -> "httpx.AsyncClient":
    import httpx  # the extra `testing`

    transport = httpx.ASGITransport(app=runtime.http.asgi, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://runtime.test")


def leaked_tasks(before: Collection["asyncio.Task[Any]"]) -> list[str]:
    """Names of the tasks that run now and did not run `before`, without the current one."""
    gc.collect()  # a dropped task complains when collected, and should do so in the test that dropped it
    current = asyncio.current_task()
    return sorted(task.get_name() for task in asyncio.all_tasks() if task not in before and task is not current)
