"""The few calls to the kernel that the standard library has no function for."""

import ctypes
import os
import struct
from typing import Any, Final

NEW_MOUNTS, NEW_IPC, NEW_PIDS = 0x00020000, 0x08000000, 0x20000000
"""Kinds of namespaces."""
_NO_SETUID, _NO_DEVICES = 0x2, 0x4
_DROP_BOUND, _AMBIENT, _CLEAR_AMBIENT, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 24, 47, 4, 38, 22, 2
_CAPABILITIES_VERSION: Final = 0x20080522
_INVALID: Final = 22
_LAST_CAPABILITY: Final = 64


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


class System:
    """Every method raises `OSError` when the kernel refuses."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)

    def unshare(self, kinds: int) -> None:
        """Leave the namespaces of these kinds for new ones."""
        self._call("unshare", kinds)

    def return_to(self, process: int, kinds: int) -> None:
        """Enter the namespaces of the process of this pidfd."""
        self._call("setns", process, kinds)

    def mount_temporary(self, target: bytes, size: int) -> None:
        """Mount an empty file system in memory, of `size` bytes at most."""
        options = f"size={size},nr_inodes=4096,mode=0700".encode()
        self._call("mount", b"tmpfs", target, b"tmpfs", _NO_SETUID | _NO_DEVICES, options)

    def drop_capabilities(self) -> None:
        """Give up every capability, for good."""
        self._call("prctl", _AMBIENT, _CLEAR_AMBIENT, 0, 0, 0)
        for capability in range(_LAST_CAPABILITY):
            try:
                self._call("prctl", _DROP_BOUND, capability, 0, 0, 0)
            except OSError as error:
                if error.errno != _INVALID:  # beyond the last one that this kernel knows
                    raise
        header, nothing = struct.pack("=Ii", _CAPABILITIES_VERSION, 0), bytes(24)
        self._call("capset", header, nothing)

    def filter_calls(self, program: bytes) -> None:
        """Put every later system call under the filter, for good."""
        self._call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        steps = ctypes.create_string_buffer(program, len(program))
        whole = _Program(len(program) // 8, ctypes.addressof(steps))
        self._call("prctl", _SECCOMP, _FILTER, ctypes.byref(whole), 0, 0)

    def _call(self, name: str, *arguments: Any) -> None:
        if getattr(self._library, name)(*arguments) < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
