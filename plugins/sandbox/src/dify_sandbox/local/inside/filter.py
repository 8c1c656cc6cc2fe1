"""The filter of system calls, as the program of classic BPF that the kernel takes."""

import errno
import struct
from typing import Final

from .syscalls import ARCHITECTURES, FIRST_NEW, NODE_ONLY, numbers

_LOAD, _EQUAL, _AT_LEAST, _ALL_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Where the kernel's `seccomp_data` holds them; the low half of the argument, on little-endian machines."""
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_FAIL: Final = 0x00050000
_X32: Final = 0x40000000
"""Numbers from here on are a second set of calls of x86_64, which the table does not know."""
_UNIX_DOMAIN: Final = 1
_THREAD: Final = 0x00010000
"""Flag of `clone`: the new task is a thread of the caller, not a process."""

type _Step = tuple[int, int, int, int]


def program(machine: str, *, node: bool) -> bytes:
    """The filter, as an array of `struct sock_filter`; raises `OSError` for an architecture without a table."""
    allowed = numbers(machine)
    steps: list[_Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _FAIL | errno.ENOSYS),
    ]
    for name, number in allowed.items():
        if node or name not in NODE_ONLY:
            steps += _rule(name, number)
    steps += [
        (_AT_LEAST, 0, 1, FIRST_NEW),
        (_RETURN, 0, 0, _FAIL | errno.ENOSYS),
        (_RETURN, 0, 0, _FAIL | errno.EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _rule(name: str, number: int) -> list[_Step]:
    """Jumps over itself unless the call is this one."""
    tests = {"clone": (_ALL_SET, 0, 1, _THREAD), "socketpair": (_EQUAL, 0, 1, _UNIX_DOMAIN)}
    if name not in tests:
        return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        tests[name],
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL | errno.EPERM),
    ]
