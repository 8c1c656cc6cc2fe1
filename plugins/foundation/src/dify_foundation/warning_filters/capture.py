"""Python's warnings as log records of the logger `py.warnings`."""

import logging
import warnings
from collections.abc import Callable
from typing import Any, Final, TextIO

from ..process import ProcessWide

type ShowWarning = Callable[..., Any]

_log = logging.getLogger("py.warnings")


class WarningsToLog:
    """A replacement of `warnings.showwarning`: one log line per warning, without the source line.

    Each instance remembers what it replaced and hands warnings on to it again once it is switched off; so taking it
    out is safe even when somebody else has wrapped it meanwhile. `logging.captureWarnings` is a single switch of the
    process and could not tell our use of it from another's.
    """

    def __init__(self, previous: ShowWarning) -> None:
        self.previous = previous
        self.active = True

    def __call__(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Show one warning; a `file` of the caller's own means it does not want the log."""
        if not self.active or file is not None:
            self.previous(message, category, filename, lineno, file, line)
            return
        _log.warning("%s:%d: %s: %s", filename, lineno, category.__name__, message)


def _capture() -> WarningsToLog:
    capture = WarningsToLog(warnings.showwarning)
    warnings.showwarning = capture
    return capture


def _release(capture: WarningsToLog) -> None:
    capture.active = False
    if warnings.showwarning is capture:
        warnings.showwarning = capture.previous


CAPTURED_WARNINGS: Final[ProcessWide[WarningsToLog]] = ProcessWide(_capture, _release)
"""Held by every runtime that wants warnings in the log."""
