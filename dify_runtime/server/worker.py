"""A worker process: `python -m dify_runtime.server.worker`, started by the supervisor.

Its standard input carries the order, and then nothing more: its end means that the parent is gone, and the worker
stops gracefully.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.plugin import Role

from .. import collector
from ..assembly import BootRequest, Groundwork, lay_groundwork
from ..errors import BootError, ServerError
from ..runtime import Runtime
from . import loop
from .listen import adopt
from .orders import Order
from .report import Report
from .serving import serve_http
from .signals import StopSignals


def main() -> int:
    """Carry out the order on standard input; returns the exit status."""
    collector.pause()  # until it serves
    with StopSignals() as signals, signals.exiting():
        try:
            order = Order.read(sys.stdin.buffer)
        except ServerError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        return _carry_out(order, signals)


def _carry_out(order: Order, signals: StopSignals) -> int:
    """Boot as ordered. An error goes to the parent, which shows it."""
    os.set_inheritable(order.report, False)  # processes that plugins start have no business with it
    try:
        if order.task == "preflight":
            return loop.run(_with_parent(_preflight(order, signals), signals))
        with adopt(order.listener) as listener:
            groundwork = _groundwork(order, "api")
            serving = serve_http(groundwork, listener, signals, lambda report: _send(order, report))
            return loop.run(_with_parent(serving, signals))
    except DifyRuntimeError as error:
        _send(order, Report(error=str(error)))
        return 1


def _groundwork(order: Order, role: Role) -> Groundwork:
    return lay_groundwork(BootRequest(roles=frozenset((role,)), overrides=order.overrides))


async def _preflight(order: Order, signals: StopSignals) -> int:
    """Boot once as a job, so that what plugins do once per deployment is done, and report what they share."""
    signals.guard()
    try:
        async with Runtime.boot(groundwork=_groundwork(order, "job")) as runtime:
            report = Report.preflight(runtime)
    except (asyncio.CancelledError, BootError):
        if signals.number is None:
            raise
        return signals.exit_status
    _send(order, report)
    return 0


def _send(order: Order, report: Report) -> None:
    with suppress(OSError):  # the parent is gone: nobody is left to tell
        os.write(order.report, report.encode())


async def _with_parent(work: Coroutine[Any, Any, int], signals: StopSignals) -> int:
    """Do `work`, and ask it to stop when the parent is gone."""
    watch = asyncio.create_task(_parent_gone(signals), name="parent process")
    try:
        return await work
    finally:
        watch.cancel()


async def _parent_gone(signals: StopSignals) -> None:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        await reader.read()
        signals.request()
    finally:
        transport.close()


if __name__ == "__main__":
    sys.exit(main())
