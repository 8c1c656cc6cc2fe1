"""UTC as the process's local time."""

import os
import time
from typing import Final

from ..process import ProcessWide

_VARIABLE: Final = "TZ"


def _apply(zone: str | None) -> None:
    if zone is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = zone
    if hasattr(time, "tzset"):  # not on Windows
        time.tzset()


def _set_utc() -> str | None:
    previous = os.environ.get(_VARIABLE)
    _apply("UTC")
    return previous


UTC_PROCESS: Final[ProcessWide[str | None]] = ProcessWide(_set_utc, _apply)
"""Held by every runtime that runs in UTC; the last one puts the previous `TZ` back."""
