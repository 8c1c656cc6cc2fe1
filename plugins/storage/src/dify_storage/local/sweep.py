"""Removal of what dead writers left behind. Everything here blocks."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from .incoming import machine
from .locks import Lock, lock

FOREIGN_AGE: Final = 24 * 3600.0
"""Seconds without a write until a leftover goes whose writer cannot be asked: one of another machine."""


def sweep(directory: Path) -> int:
    """Remove the files whose writer is dead; returns how many. What cannot be removed stays for the next time."""
    removed = 0
    for path in directory.iterdir():
        with suppress(OSError):  # its writer, or another sweep, was quicker
            removed += _sweep_one(path)
    return removed


def _sweep_one(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        state = lock(descriptor) if path.suffix == f".{machine()}" else Lock.UNKNOWN
        old = time.time() - os.fstat(descriptor).st_mtime > FOREIGN_AGE
    except OSError:
        os.close(descriptor)
        raise
    if state is Lock.HELD or (state is Lock.UNKNOWN and not old):
        os.close(descriptor)
        return False
    path.unlink()
    os.close(descriptor)
    return True
