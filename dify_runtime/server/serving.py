"""One process that serves: boot, listen, announce, wait for the signal, stop in reverse."""

import asyncio
import logging
import socket
from collections.abc import Callable

from .. import collector
from ..assembly import Groundwork
from ..configuration.validation import validate
from ..errors import BootError
from ..runtime import Runtime
from ..services import HOST
from .report import Report
from .settings import ServerSettings
from .signals import StopSignals

_log = logging.getLogger(__name__)


def local_settings(groundwork: Groundwork) -> ServerSettings:
    """The server's settings from the local layers: where to listen is decided before the remote layer is there.

    Raises `SettingsError`.
    """
    return validate(ServerSettings, HOST, groundwork.layers)


async def serve_http(
    groundwork: Groundwork, listener: socket.socket, signals: StopSignals, announce: Callable[[Report], None]
) -> int:
    """Boot and serve until a stop is asked for; returns the exit status.

    `announce` is called once, when a request would be answered. Raises `BootError` or `ServerError`; what had started
    has been stopped then. A signal during the boot is not an error: the boot is undone, and the status says so.
    """
    signals.guard()
    local = local_settings(groundwork)
    try:
        async with Runtime.boot(groundwork=groundwork) as runtime:
            await _serve(runtime, local, listener, signals, announce)
    except (asyncio.CancelledError, BootError):
        if signals.number is None:
            raise
        return signals.exit_status
    return 0


async def _serve(
    runtime: Runtime,
    local: ServerSettings,
    listener: socket.socket,
    signals: StopSignals,
    announce: Callable[[Report], None],
) -> None:
    from .hypercorn_server import HypercornServer  # at first use: only a process that serves pays for it

    settings = runtime.settings(ServerSettings)
    _warn_of_late_values(local, settings)
    server = HypercornServer(runtime.http.asgi, settings)
    try:
        await server.start([listener])
        collector.resume()
        await _until_asked(runtime, signals, announce)
    finally:
        await server.stop()


async def _until_asked(runtime: Runtime, signals: StopSignals, announce: Callable[[Report], None]) -> None:
    """Announce the server, and wait for the request to stop; it may come before all lines are found out."""
    asked, report = asyncio.create_task(signals.wait()), asyncio.create_task(Report.serving(runtime))
    try:
        await asyncio.wait((asked, report), return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            announce(report.result())
        await asked
    finally:
        asked.cancel()
        report.cancel()
        await asyncio.gather(asked, report, return_exceptions=True)


def _warn_of_late_values(local: ServerSettings, final: ServerSettings) -> None:
    for name in ("DIFY_BIND_ADDRESS", "DIFY_PORT", "SERVER_WORKER_AMOUNT"):
        used, late = getattr(local, name), getattr(final, name)
        if used != late:
            _log.warning("%s=%s of the remote settings came too late: %s is in force", name, late, used)
