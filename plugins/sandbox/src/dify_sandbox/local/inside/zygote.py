"""The process from which seats are forked. It lives inside the outer wall, and never sees code, inputs or results.

It is told over a socket of messages to make a seat; with the message come the two file descriptors that the seat keeps:
its channel and its output. It answers with the seat's pidfd, and says when the seat has ended.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any, Final

from .isolating import Isolation, Limits
from .running import serve
from .system import NEW_PIDS, System
from .wire import CHANNEL, UNSAFE, write_all

LONGEST_MESSAGE: Final = 4096
_NULL: Final = "/dev/null"
_MODULES: Final = (
    *("base64", "bisect", "calendar", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal"),
    *(
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "html",
        "io",
        "itertools",
        "math",
        "operator",
        "random",
        "re",
    ),
    *("statistics", "string", "textwrap", "time", "typing", "unicodedata", "urllib.parse", "uuid"),
)
"""What code imports most, so that it is there when a seat is forked."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the zygote is started with: its socket's number, the limits, and the command that runs Node.js."""

    control: int
    memory: int
    seconds: int
    node: list[str]
    packages: str | None


class Zygote:
    """Makes seats until its socket is closed."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._control = socket.socket(fileno=order.control)
        self._system = System()
        self._isolation = Isolation(Limits(order.memory, order.seconds))
        self._myself = os.pidfd_open(os.getpid())
        self._seats: dict[int, tuple[int, int]] = {}
        """By pidfd: number of the seat, and process."""
        self._events = select.poll()

    def run(self) -> None:
        """Serve; returns when nobody listens any more, and then no seat is left."""
        self._events.register(self._control, select.POLLIN)
        try:
            self._tell({"ready": os.getpid()})
            self._serve()
        except ConnectionError:
            pass
        for _, process in self._seats.values():
            os.kill(process, signal.SIGKILL)

    def _serve(self) -> None:
        while True:
            for descriptor, _ in self._events.poll():
                if descriptor != self._control.fileno():
                    self._reap(descriptor)
                elif not self._order_came():
                    return

    def _order_came(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, LONGEST_MESSAGE, 2)
        if not message:
            return False
        order = json.loads(message)
        try:
            process = self._make(order["node"], *descriptors)
        except OSError as error:
            self._tell({"seat": order["seat"], "error": str(error)})
        else:
            handle = os.pidfd_open(process)
            self._seats[handle] = (order["seat"], process)
            self._events.register(handle, select.POLLIN)
            self._tell({"seat": order["seat"]}, handle)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _make(self, node: bool, channel: int, output: int) -> int:
        self._system.unshare(NEW_PIDS)
        try:
            process = os.fork()
            if process == 0:
                self._become_seat(node, channel, output)
        finally:
            self._system.return_to(self._myself, NEW_PIDS)
        return process

    def _become_seat(self, node: bool, channel: int, output: int) -> None:
        try:
            nothing = os.open(_NULL, os.O_RDWR)
            for number, descriptor in enumerate((nothing, output, output, channel)):
                os.dup2(descriptor, number, inheritable=True)
            os.closerange(CHANNEL + 1, 1 << 16)
            try:
                self._isolation.enter(node=node)
                if node:
                    os.execve(self._order.node[0], self._order.node, {})  # noqa: S606 - into the seat, not a shell
            except OSError as error:
                write_all(UNSAFE + str(error).encode(errors="replace"))
            else:
                serve()
        finally:
            os._exit(1)

    def _reap(self, handle: int) -> None:
        seat, process = self._seats.pop(handle)
        self._events.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(process, 0)
        self._tell({"seat": seat, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, Any], *descriptors: int) -> None:
        socket.send_fds(self._control, [json.dumps(message).encode()], descriptors)


def main(order: str) -> None:
    """Run the zygote; `order` is the JSON of an `Order`."""
    told = Order(**json.loads(order))
    zygote = Zygote(told)
    for name in _MODULES:
        importlib.import_module(name)
    if told.packages is not None:
        sys.path.append(told.packages)
    gc.collect()
    gc.freeze()
    zygote.run()
