"""HTTP by Hypercorn, in the running event loop, on sockets that are bound already.

Composed from Hypercorn's parts rather than run by its `worker_serve`: on asyncio's own loop that one waits for every
connection to end before its graceful limit begins, so that one endless stream would hold the stop for ever.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.http.types import ASGIApp

from ..errors import ServerError
from .connection import Connection
from .listen import unused
from .settings import ServerSettings

if TYPE_CHECKING:
    from hypercorn.config import Config

_log = logging.getLogger(__name__)

CUT_TIMEOUT = 2.0
"""Seconds a connection has to unwind after it was cut, before its socket is dropped."""
LIFESPAN_TIMEOUT = 10.0
"""Seconds the application has for each of its own lifespan events."""


class HypercornServer:
    """One ASGI application on some sockets; `start` once, then `stop` once, also after a failed start."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        # imported here, so that only a process that serves pays for Hypercorn
        from hypercorn.app_wrappers import ASGIWrapper
        from hypercorn.asyncio.tcp_server import TCPServer
        from hypercorn.asyncio.worker_context import WorkerContext

        self._settings = settings
        self._config = configure(settings)
        self._app = ASGIWrapper(app)  # type: ignore[arg-type]  # ours are mappings where Hypercorn has typed dicts
        self._protocol = TCPServer
        self._context = WorkerContext(None)
        self._lifespan = AppLifespan(self._app, self._config)
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[Any], Connection] = {}
        self._cutting = False

    async def start(self, listeners: Sequence[socket.socket]) -> None:
        """Start the application's own lifespan, then listen.

        Raises `ServerError` when the application refuses to start, or a socket cannot listen.
        """
        await self._lifespan.start()
        for listener in listeners:
            try:
                listener.listen(self._settings.SERVER_BACKLOG)  # here, as uvloop does not say when it fails
            except OSError as error:
                raise unused(error, listener) from error
            server = await asyncio.start_server(self._connected, sock=listener, backlog=self._settings.SERVER_BACKLOG)
            self._servers.append(server)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        connection = self._connections[task] = Connection(self._app, reader, writer.transport, self._settings)
        both: Any = connection  # the application and the reader
        server: Any = self._protocol(
            both, asyncio.get_running_loop(), self._config, self._context, self._lifespan.state, both, writer
        )
        server.idle_task = connection.idle
        if self._context.terminated.is_set():  # it was accepted while the listener closed
            connection.idle.finish()
        try:
            await server
        except asyncio.CancelledError:
            if not self._cutting:  # a connection that we cut has ended as it should
                raise
        except Exception:
            _log.exception("a connection failed")
        finally:
            connection.close()
            del self._connections[task]

    async def stop(self) -> None:
        """Stop accepting, close idle connections, let the others finish within the limit, then cut the rest."""
        for server in self._servers:
            server.close()
        await self._context.terminated.set()
        for connection in self._connections.values():
            connection.idle.finish()
        limit = self._settings.SERVER_GRACEFUL_TIMEOUT
        if not await self._closed_within(limit):
            _log.warning("cutting %d connections that are still open after %g s", len(self._connections), limit)
            await self._cut()
        await self._lifespan.stop()

    async def _cut(self) -> None:
        self._cutting = True
        for task in self._connections:
            task.cancel()
        if not await self._closed_within(CUT_TIMEOUT):
            for connection in self._connections.values():
                connection.abort()  # the peer does not read: what is buffered for it cannot be sent
            await self._closed_within(CUT_TIMEOUT)

    async def _closed_within(self, seconds: float) -> bool:
        if self._connections:
            await asyncio.wait(tuple(self._connections), timeout=seconds)
        return not self._connections


class AppLifespan:
    """The application's own lifespan (Quart's `before_serving` and the like); the host adds nothing to it."""

    def __init__(self, app: Any, config: "Config") -> None:
        from hypercorn.asyncio.lifespan import Lifespan

        self.state: dict[str, Any] = {}
        self._lifespan = Lifespan(app, config, asyncio.get_running_loop(), self.state)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Send the startup event; raises `ServerError` when the application refuses, or takes too long."""
        from hypercorn.utils import LifespanTimeoutError

        self._task = asyncio.create_task(self._lifespan.handle_lifespan(), name="application lifespan")
        try:
            await self._lifespan.wait_for_startup()
        except LifespanTimeoutError as error:
            await self._end()
            raise ServerError(f"the application did not start within {LIFESPAN_TIMEOUT:g} s") from error
        if self._task.done() and (refused := await self._end()) is not None:
            raise ServerError(f"the application failed to start: {refused}") from refused

    async def stop(self) -> None:
        """Send the shutdown event if the startup went well; a failure is logged."""
        if self._task is None:
            return
        failure: Exception | None = None
        try:
            await self._lifespan.wait_for_shutdown()
        except Exception as error:  # the process is stopping: nobody is left to tell
            failure = error
        failure = await self._end() or failure
        if failure is not None:
            _log.error("the application failed to shut down: %s", failure)

    async def _end(self) -> Exception | None:
        """End the lifespan, whatever the application is doing; returns what it raised."""
        task, self._task = self._task, None
        if task is None:
            return None
        task.cancel()
        (raised,) = await asyncio.gather(task, return_exceptions=True)
        return raised if isinstance(raised, Exception) else None


def configure(settings: ServerSettings) -> "Config":
    """Hypercorn's configuration. It has no limit on bodies: that is the application's."""
    from hypercorn.config import Config

    config = Config()
    config.h11_max_incomplete_size = settings.SERVER_MAX_HEADER_BYTES
    config.h2_max_header_list_size = settings.SERVER_MAX_HEADER_BYTES
    config.include_server_header = False
    config.startup_timeout = config.shutdown_timeout = LIFESPAN_TIMEOUT
    config.accesslog = None
    config.errorlog = logging.getLogger(f"{__name__}.hypercorn")
    return config
