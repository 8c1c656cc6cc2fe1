"""The root logger of the process, as the runtimes that live in it want it."""

import logging
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple

from ..process import ProcessWide
from .formatters import make_formatter
from .settings import LoggingSettings
from .sinks import ConsoleHandler, ContextFilter, FileHandler

type Console = Literal["stdout", "stderr"]


class Wish(NamedTuple):
    """How one runtime wants to log: a console, a level, a format, perhaps a file."""

    settings: LoggingSettings
    console: Console


class RootLogging:
    """Handlers on the root logger, each sink once however many runtimes want it.

    A sink looks as the first runtime that wants it says; the level is the most detailed one wanted. While it is in
    place, earlier handlers that print to the console are set aside, since they would repeat every line; other ones
    (error trackers, test captures) stay.
    """

    def __init__(self) -> None:
        self._root = logging.getLogger()
        self._lock = threading.Lock()
        self._wishes: dict[object, Wish] = {}
        self._sinks: dict[str | Path, logging.Handler] = {}
        self._level = self._root.level
        self._set_aside = [handler for handler in self._root.handlers if _prints(handler)]
        for handler in self._set_aside:
            self._root.removeHandler(handler)

    def add(self, owner: object, settings: LoggingSettings, console: Console = "stdout") -> None:
        """Log as `settings` say, for `owner`. Opens the log file: blocks, and raises `OSError`."""
        with self._lock:
            self._wishes[owner] = Wish(settings, console)
            try:
                self._adjust()
            except OSError:
                del self._wishes[owner]
                self._adjust()
                raise

    def remove(self, owner: object) -> None:
        """Drop the wishes of `owner`, and flush and close what nobody else wants. Blocks."""
        with self._lock:
            if self._wishes.pop(owner, None) is not None:
                self._adjust()

    def restore(self) -> None:
        """Put the root logger back as it was found."""
        self._root.setLevel(self._level)
        for handler in self._set_aside:
            self._root.addHandler(handler)

    def _adjust(self) -> None:
        """Bring handlers and level in line with the wishes."""
        wanted = _wanted(self._wishes.values())
        for key in self._sinks.keys() - wanted.keys():
            handler = self._sinks.pop(key)
            self._root.removeHandler(handler)
            handler.close()
        for key, settings in wanted.items():
            if key not in self._sinks:
                self._sinks[key] = _open(key, settings)
                self._root.addHandler(self._sinks[key])
            self._sinks[key].setFormatter(make_formatter(settings))
        levels = logging.getLevelNamesMapping()
        self._root.setLevel(min((levels[one.settings.LOG_LEVEL] for one in self._wishes.values()), default=self._level))


def _wanted(wishes: Iterable[Wish]) -> dict[str | Path, LoggingSettings]:
    """The settings that shape each sink, a console or a file: those of the first who wants it."""
    wanted: dict[str | Path, LoggingSettings] = {}
    for settings, console in wishes:
        wanted.setdefault(console, settings)
        if settings.LOG_FILE is not None:
            wanted.setdefault(Path(settings.LOG_FILE).resolve(), settings)
    return wanted


def _open(key: str | Path, settings: LoggingSettings) -> logging.Handler:
    handler: logging.Handler
    if isinstance(key, Path):
        handler = FileHandler(key, settings.LOG_FILE_MAX_SIZE, settings.LOG_FILE_BACKUP_COUNT)
    else:
        handler = ConsoleHandler(key)
    handler.addFilter(ContextFilter())
    return handler


def _prints(handler: logging.Handler) -> bool:
    """Whether a handler prints every record to the console."""
    consoles = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    stream = getattr(handler, "stream", None)
    return isinstance(handler, logging.StreamHandler) and stream is not None and stream in consoles


ROOT_LOGGING: Final[ProcessWide[RootLogging]] = ProcessWide(RootLogging, RootLogging.restore)
"""Held by every runtime that logs; the last one puts the root logger back."""
