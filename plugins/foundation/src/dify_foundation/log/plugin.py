"""The plugin `logging`."""

import asyncio
from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, PluginError, Runtime, hookimpl

from .settings import LoggingSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Middleware

    from .root import Console, RootLogging


def _console(runtime: Runtime) -> "Console":
    """Where to log: a command's stdout is its result, which log lines must not mix with."""
    return "stderr" if runtime.roles == {"job"} else "stdout"


class LoggingPlugin(Plugin):
    """Root logger to stdout and a rotating file, as text or JSON, with the ids of the request and without secrets."""

    settings = LoggingSettings
    after = ("timezone",)
    essential = True
    process_wide = True

    _root: "RootLogging | None" = None

    async def start(self, runtime: Runtime) -> None:
        """Configure the root logger; raises `PluginError` when the log file cannot be opened."""
        from .root import ROOT_LOGGING

        settings = runtime.settings(LoggingSettings)
        self._root = ROOT_LOGGING.join()
        try:
            await asyncio.to_thread(self._root.add, self, settings, _console(runtime))
        except OSError as error:
            await self.stop()
            message = f"plugin 'logging' cannot open the log file {settings.LOG_FILE!r}: {error.strerror}"
            raise PluginError(message, hint="make it writable, or change LOG_FILE") from error

    async def stop(self) -> None:
        """Write what waits, and put the root logger back unless another runtime still uses it."""
        from .root import ROOT_LOGGING

        root, self._root = self._root, None
        if root is not None:
            await asyncio.to_thread(root.remove, self)
            ROOT_LOGGING.leave()

    @hookimpl
    def asgi_middleware(self) -> "list[Middleware]":
        """Open a logging context per request."""
        from .middleware import LogContextMiddleware

        return [LogContextMiddleware]
