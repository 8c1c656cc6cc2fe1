"""Changes to the process itself (its time zone, its root logger), shared by all runtimes that live in it."""

import threading
from collections.abc import Callable


class ProcessWide[T]:
    """Something a process has once: made for the first runtime that joins, undone after the last has left.

    What it changes belongs to the process, and so does the count of who wants the change. Instances are therefore
    module constants: without a shared count, the first of two runtimes to stop would undo the other's change.
    """

    def __init__(self, make: Callable[[], T], undo: Callable[[T], None]) -> None:
        self._make = make
        self._undo = undo
        self._lock = threading.Lock()
        self._made: list[T] = []
        self._holders = 0

    def join(self) -> T:
        """The shared thing, made now if nobody holds it; raises what making it raises. Each join needs one leave."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            self._holders += 1
            return self._made[0]

    def leave(self) -> None:
        """Give one join back; the last one undoes. Without a join it does nothing."""
        with self._lock:
            self._holders = max(0, self._holders - 1)
            if self._holders == 0 and self._made:
                self._undo(self._made.pop())
