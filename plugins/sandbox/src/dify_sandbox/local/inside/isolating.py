"""The inner wall: what a process does to itself before it runs code."""

import os
import platform
import resource
import socket
from dataclasses import dataclass
from typing import Final

from .filter import program
from .system import NEW_IPC, NEW_MOUNTS, System

SCRATCH: Final = "/tmp"  # noqa: S108 - a file system of the call's own
"""The one directory that code can write to."""
_SCRATCH_SIZE: Final = 32 << 20
_FILES: Final = 128
_TASKS: Final = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one call: bytes of memory, seconds of processor time."""

    memory: int
    seconds: int


class Isolation:
    """Prepared once, before there are processes to isolate."""

    def __init__(self, limits: Limits) -> None:
        """Raises `OSError` on an architecture without a table of system calls."""
        self._limits = limits
        self._system = System()
        self._filters = {node: program(platform.machine(), node=node) for node in (False, True)}

    def enter(self, *, node: bool) -> None:
        """Isolate this process; raises `OSError` if any part of it fails. It has to be its namespace's first."""
        if os.getpid() != 1:
            raise OSError("the process can see others")
        self._system.unshare(NEW_MOUNTS | NEW_IPC)
        self._system.mount_temporary(SCRATCH.encode(), _SCRATCH_SIZE)
        os.chdir(SCRATCH)
        _limit(self._limits, node=node)
        self._system.drop_capabilities()
        self._system.filter_calls(self._filters[node])
        _prove()


def _limit(limits: Limits, *, node: bool) -> None:
    memory = limits.memory
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_FSIZE: _SCRATCH_SIZE,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NOFILE: _FILES,
        resource.RLIMIT_NPROC: _TASKS,
    }
    if not node:  # V8 reserves far more address space than it ever uses
        bounds[resource.RLIMIT_AS] = memory
    for kind, most in bounds.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _prove() -> None:
    """Try what must fail, so that a filter that does not work is found before code is."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except PermissionError:
        return
    raise OSError("the filter of system calls does not hold")
