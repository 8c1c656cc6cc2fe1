"""Locks on open files, which the system lets go of when their holder dies."""

import os
import sys
from enum import Enum


class Lock(Enum):
    """What came of locking a file."""

    TAKEN = "taken"
    HELD = "held by somebody else"
    UNKNOWN = "the file system has no locks"


if sys.platform == "win32":

    def lock(descriptor: int) -> Lock:
        """Always taken: there a file cannot be removed while it is open, which does as well."""
        return Lock.TAKEN

else:
    import fcntl

    def lock(descriptor: int) -> Lock:
        """Lock an open file until it is closed, without waiting."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Lock.HELD
        except OSError:
            return Lock.UNKNOWN
        return Lock.TAKEN


def is_linked(descriptor: int) -> bool:
    """Whether an open file still has a name."""
    return os.fstat(descriptor).st_nlink > 0
