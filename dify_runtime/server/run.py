"""`serve` from the groundwork to the exit status: one process, or a parent with several workers."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TextIO

from .. import collector
from ..assembly import Groundwork
from ..bootstrap import serve_roles
from ..configuration.layers import Layer
from ..errors import ServerError
from . import loop
from .home_lock import home_lock
from .listen import bind, url
from .report import Report, ready_lines, warning_lines
from .serving import local_settings, serve_http
from .settings import ServerSettings
from .signals import StopSignals

STOP_MARGIN = 15.0
"""Seconds beyond the graceful limit that a worker has to stop its plugins, before it is killed."""


def serve(groundwork: Groundwork, signals: StopSignals) -> int:
    """Serve until a signal says stop; returns the exit status. `signals` must be entered.

    Raises `DifyRuntimeError` when the server cannot run as asked, or the boot stops; everything is undone then.
    """
    serve_roles(groundwork.bootstrap)
    settings = local_settings(groundwork)
    if settings.SERVER_WORKER_AMOUNT > 1:
        return _serve_with_workers(groundwork, settings, signals)
    with ExitStack() as stack:
        if groundwork.bootstrap.embedded:
            stack.enter_context(home_lock(groundwork.home))
        listener = stack.enter_context(bind(settings.DIFY_BIND_ADDRESS, settings.DIFY_PORT))
        return loop.run(serve_http(groundwork, listener, signals, announcer(groundwork, listener)))


def _serve_with_workers(groundwork: Groundwork, settings: ServerSettings, signals: StopSignals) -> int:
    from .orders import Order  # only a parent of workers needs these
    from .supervisor import Plan, supervise

    amount = settings.SERVER_WORKER_AMOUNT
    if groundwork.bootstrap.embedded:
        raise ServerError(
            f"--workers {amount} needs MODE=api: without it everything runs in one process",
            hint="set MODE=api, a server database and Redis, or leave --workers out (SERVER_WORKER_AMOUNT)",
        )
    with bind(settings.DIFY_BIND_ADDRESS, settings.DIFY_PORT) as listener:
        order = Order("serve", listener=listener.fileno(), overrides=_overrides(groundwork))
        plan = Plan(amount, order, settings.SERVER_GRACEFUL_TIMEOUT + STOP_MARGIN)
        collector.resume()  # this process boots nothing
        return asyncio.run(supervise(plan, listener, signals, announcer(groundwork, listener)))


def _overrides(groundwork: Groundwork) -> dict[str, object]:
    """The init layer: it is this process's own, so workers must be told."""
    return {
        name: value
        for source in groundwork.layers.stack
        if source.layer is Layer.INIT
        for name, value in source.values.items()
    }


def announcer(groundwork: Groundwork, listener: socket.socket) -> Callable[[Report], None]:
    """What writes the ready line and the banner to stdout, and a warning per failed plugin to stderr."""
    address = url(listener)

    def announce(report: Report) -> None:
        _write(sys.stderr, warning_lines(report))
        _write(sys.stdout, ready_lines(report, address, time.perf_counter() - groundwork.began))

    return announce


def _write(stream: TextIO, lines: Iterable[str]) -> None:
    stream.writelines(f"{line}\n" for line in lines)
    stream.flush()
