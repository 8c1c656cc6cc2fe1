"""The running outer wall, and the zygote in it that makes seats."""

import asyncio
import contextlib
import json
import os
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any, Final

from .command import PACKAGES, Programs, command, node_command, refused
from .inside.zygote import LONGEST_MESSAGE
from .seat import Seat

_START: Final = 20.0
"""Seconds in which the zygote must be there, and a seat, on a machine that is busy."""
_END: Final = 3.0
"""Seconds in which it ends by itself, so that whoever started it takes in what it left."""
_EXPLAINED: Final = 2000


class WallDown(Exception):
    """The zygote has ended; another wall can be built."""


class Wall:
    """Makes seats as long as the zygote lives."""

    def __init__(self, control: socket.socket, process: Process, output: int) -> None:
        self._control = control
        self._process = process
        self._output = output
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._seats: dict[int, Seat] = {}
        self._made: dict[int, asyncio.Future[None]] = {}
        self._count = 0
        self.up = True

    @classmethod
    async def build(cls, programs: Programs, *, memory: int, seconds: int, output: int) -> "Wall":
        """Start the zygote; raises `CodeRefusedError` when that fails. `memory` is in MiB, `output` in bytes."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        order = {
            "control": theirs.fileno(),
            "memory": memory << 20,
            "seconds": seconds,
            "node": node_command(programs, memory),
            "packages": None if programs.packages is None else PACKAGES,
        }
        try:
            process = await asyncio.create_subprocess_exec(
                *command(programs, order),
                pass_fds=(theirs.fileno(),),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=PIPE,
                env={},
            )
        except OSError as error:
            ours.close()
            raise refused(f"{programs.bwrap} cannot be run: {error}") from None
        finally:
            theirs.close()
        wall = cls(ours, process, output)
        await wall._begin()
        return wall

    async def _begin(self) -> None:
        asyncio.get_running_loop().add_reader(self._control.fileno(), self._told)
        try:
            async with asyncio.timeout(_START):
                await self._ready
        except (WallDown, TimeoutError):
            self._kill()
            raise refused(await self._complaint()) from None
        except BaseException:
            self._kill()
            raise

    async def _complaint(self) -> str:
        """What bubblewrap or the zygote has to say."""
        _, said = await self._process.communicate()
        text = " ".join(said.decode(errors="replace").split())
        return text[-_EXPLAINED:] or f"bubblewrap ended with {self._process.returncode}"

    async def seat(self, *, node: bool) -> Seat:
        """Make a seat; raises `CodeRefusedError` when it is not isolated, `WallDown` when the zygote has ended."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        printed, printing = os.pipe()
        try:
            seat = await Seat.open(ours, printed, self._output)
            try:
                await self._fill(seat, node, theirs.fileno(), printing)
            except BaseException:
                seat.close()
                raise
        finally:
            theirs.close()
            os.close(printing)
        if (reason := await self._isolated(seat)) is not None:
            raise refused(reason)
        return seat

    async def _fill(self, seat: Seat, node: bool, *descriptors: int) -> None:
        """Have the zygote put a process into the seat."""
        self._count += 1
        number, made = self._count, asyncio.get_running_loop().create_future()
        self._seats[number], self._made[number] = seat, made
        try:
            self._send({"seat": number, "node": node}, *descriptors)
            await made
        finally:
            del self._made[number]

    async def _isolated(self, seat: Seat) -> str | None:
        """Wait for the seat; one that is not isolated, or not wanted any more, is closed."""
        try:
            async with asyncio.timeout(_START):
                reason = await seat.isolated()
        except TimeoutError:
            reason = f"a sandbox was not ready within {_START:g} s"
        except BaseException:
            seat.close()
            raise
        if reason is not None:
            seat.close()
        return reason

    def _send(self, order: dict[str, Any], *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
        except OSError as error:
            raise WallDown from error

    def _told(self) -> None:
        """A message from the zygote, or its end."""
        try:
            text, descriptors, _, _ = socket.recv_fds(self._control, LONGEST_MESSAGE, 1)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            text, descriptors = b"", []
        if not text:
            self.pull_down()
            return
        message = json.loads(text)
        if "ready" in message:
            self._ready.set_result(None)
        elif "status" in message:
            _settle(self._seats.pop(message["seat"]).ended, message["status"])
        else:
            self._seated(message, descriptors)

    def _seated(self, message: dict[str, Any], descriptors: list[int]) -> None:
        made = self._made.get(message["seat"])
        if "error" in message:
            self._seats.pop(message["seat"])
            if made is not None and not made.done():
                made.set_exception(refused(message["error"]))
            return
        seat = self._seats[message["seat"]]
        seat.occupy(descriptors[0])
        if made is None:  # whoever wanted it has gone
            seat.close()
        else:
            _settle(made, None)

    def pull_down(self) -> None:
        """End every process inside; those who wait are told. The zygote ends when its socket is closed."""
        if not self.up:
            return
        self.up = False
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        for waiting in (self._ready, *self._made.values()):
            if not waiting.done():
                waiting.set_exception(WallDown())
        for seat in self._seats.values():
            seat.close()
            _settle(seat.ended, -9)

    async def close(self) -> None:
        """Pull down, and wait until nothing is left."""
        self.pull_down()
        try:
            async with asyncio.timeout(_END):
                await self._process.communicate()
        except TimeoutError:
            self._kill()
            await self._process.communicate()

    def _kill(self) -> None:
        self.pull_down()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


def _settle[T](future: "asyncio.Future[T]", value: T) -> None:
    if not future.done():
        future.set_result(value)
