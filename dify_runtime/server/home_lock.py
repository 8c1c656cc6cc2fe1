"""One serving process per home: in embedded mode the home holds a database and queues that two would spoil."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import ServerError

LOCK: Final = "serve.lock"
"""The file that is locked; it stays when the lock is gone. The kernel releases the lock of a process that dies."""
HOLDER: Final = "serve.pid"
"""The file with the holder's process id. Not the locked file itself: some versions of the lock empty that."""


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Hold the lock of `home`, which is made if missing, for its owner alone (mode 0700).

    Raises `ServerError` when another process holds the lock, or the home cannot be written.
    """
    from filelock import FileLock, Timeout  # only embedded serving needs it

    lock = FileLock(home / LOCK)
    holder = home / HOLDER
    try:
        make_home(home)
        lock.acquire(blocking=False)
        holder.write_text(str(os.getpid()), encoding="ascii")
    except Timeout as error:
        raise ServerError(
            f"home {home} is in use by process {_pid(holder)}",
            hint="stop that process, or give this one a home of its own with --home (DIFY_RUNTIME_HOME)",
        ) from error
    except OSError as error:
        lock.release()
        raise _unusable(home, error) from error
    try:
        yield
    finally:
        with suppress(OSError):  # the home may be gone by now, and the lock with it
            holder.unlink()
        lock.release()


def make_home(home: Path) -> None:
    """Make the home directory if it is missing. Raises `OSError`."""
    if not home.is_dir():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _pid(holder: Path) -> str:
    with suppress(OSError):
        return holder.read_text(encoding="ascii") or "unknown"
    return "unknown"


def _unusable(home: Path, error: OSError) -> ServerError:
    reason = error.strerror or type(error).__name__
    return ServerError(
        f"home {home} cannot be used: {reason}", hint="name a writable directory with --home (DIFY_RUNTIME_HOME)"
    )
