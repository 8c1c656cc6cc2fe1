"""Where log lines end: the console, and a rotating file that is written by a thread of its own."""

import logging
import queue
import sys
from copy import copy
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from .context import CURRENT

_MEGABYTE: Final = 1024 * 1024
_QUEUE_LINES: Final = 10_000
"""Lines that may wait for a slow disk before lines are dropped."""


class ContextFilter(logging.Filter):
    """Puts the ids and the identity of the current logging context on a record that has none; drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Complete the record."""
        if "req_id" not in record.__dict__:
            context = CURRENT.get()
            record.req_id = context.req_id if context else "-"
            record.__dict__.setdefault("trace_id", context.trace_id if context else "-")
            record.__dict__.setdefault("span_id", (context and context.span_id) or "-")
            record.__dict__.setdefault("identity", context.identity if context else {})
        return True


class ConsoleHandler(logging.Handler):
    """Writes to whatever `sys.stdout` or `sys.stderr` is at the time of the line, and flushes."""

    def __init__(self, console: str) -> None:
        """Write to `console`: `stdout` or `stderr`."""
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a failure is reported on stderr, as the standard handlers do."""
        try:
            stream = getattr(sys, self._console)
            stream.write(f"{self.format(record)}\n")
            stream.flush()
        except Exception:
            self.handleError(record)


class FileHandler(QueueHandler):
    """Formats in the caller's thread and leaves writing to another, so that a slow disk blocks nobody.

    When more than 10,000 lines wait, further ones are dropped, and a line says how many once there is room again.
    """

    def __init__(self, path: Path, megabytes: int, backups: int) -> None:
        """Open the file; raises `OSError`. Blocks."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = RotatingFileHandler(path, maxBytes=megabytes * _MEGABYTE, backupCount=backups, encoding="utf-8")
        self._waiting: queue.Queue[Any] = queue.Queue(_QUEUE_LINES)
        super().__init__(self._waiting)
        self._dropped = 0
        self._listener: QueueListener | None = _Listener(self._waiting, self._file)
        self._listener.start()

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """A copy that holds the finished line and nothing else."""
        line = copy(record)
        line.msg = self.format(record)
        line.args = line.exc_info = line.exc_text = line.stack_info = None
        return line

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand one line over; never waits."""
        try:
            if self._dropped:
                self._waiting.put_nowait(self._loss())
                self._dropped = 0
            self._waiting.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def _loss(self) -> logging.LogRecord:
        message = "%d log lines were dropped: the log file is written too slowly"
        levels = {"levelno": logging.WARNING, "levelname": "WARNING"}
        record = logging.makeLogRecord({"msg": message, "args": (self._dropped,), **levels})
        self.filter(record)
        return self.prepare(record)

    def close(self) -> None:
        """Write what waits, then close the file; blocks until that is done."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()
            self._file.close()
        super().close()


class _Listener(QueueListener):
    """A listener for a bounded queue: its end mark waits for room, where the base class would fail."""

    def enqueue_sentinel(self) -> None:
        self.queue.put(None)  # type: ignore[attr-defined]  # typed by its methods that do not wait; it is a Queue
