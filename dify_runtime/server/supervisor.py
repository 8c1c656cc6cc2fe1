"""Several worker processes on one socket: started together, replaced when they die, stopped together."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from dify_runtime_sdk.polling import Pace

from ..errors import ServerError
from .child import Child
from .orders import Order
from .report import Report
from .signals import StopSignals

_log = logging.getLogger(__name__)

SHARED: Final = {"database": "a server database (set DB_TYPE and the other DB_* settings)", "cache": "Redis (set REDIS_HOST and the other REDIS_* settings)"}
"""The state that several processes must share, as plugins name it in `shared_backends`, and what gives it."""

STEADY: Final = 60.0
"""A worker that lived this many seconds starts the back-off anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to supervise: `amount` workers that carry out `order`, and how long one may take to stop, in seconds."""

    amount: int
    order: Order
    stop_limit: float
    pace: Pace = Pace(first=0.5, longest=30.0)  # noqa: RUF009 - immutable


class Supervisor:
    """Keeps the workers of one plan running."""

    def __init__(self, plan: Plan, signals: StopSignals) -> None:
        self._plan = plan
        self._signals = signals
        self._children: set[Child] = set()
