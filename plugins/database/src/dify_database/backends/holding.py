"""The rules of units, watched: they do not nest, and they do not hold a connection for long."""

import asyncio
import logging
from contextvars import ContextVar
from types import TracebackType

from ..errors import UnitError

_log = logging.getLogger("dify_database.units")

_latest: ContextVar["Holding | None"] = ContextVar("dify_database_unit", default=None)


def unit_name(unit: object) -> str:
    """How a unit is called in the log: where its function was defined. A text is a name already."""
    if isinstance(unit, str):
        return unit
    unit = getattr(unit, "func", unit)  # a partial speaks for its function
    name = getattr(unit, "__qualname__", None) or type(unit).__qualname__
    return f"{getattr(unit, '__module__', '?')}.{name}"


class UnitWatch:
    """Watches the units of one database, and logs those that hold a connection for more than `limit` seconds (0: none).

    One timer looks at all of them: a timer for each would cost more than the rest of it.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._running: dict[Holding, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def holding(self, unit: object) -> "Holding":
        """What to be inside while a unit holds a connection; `unit` is its function, or a name for it."""
        return Holding(unit, self)

    def begin(self, holding: "Holding") -> None:
        """Note that a unit begins."""
        if not self._limit:
            return
        loop = asyncio.get_running_loop()
        self._running[holding] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._limit, self._look)

    def end(self, holding: "Holding") -> None:
        """Note that a unit has ended."""
        self._running.pop(holding, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() - self._limit
        for holding in [one for one, began in self._running.items() if began <= latest]:
            _log.warning(
                "unit %s has held a connection for %g s and still does; a unit awaits nothing but the database",
                holding.name,
                self._limit,
            )
            del self._running[holding]  # once is enough
        first = min(self._running.values(), default=None)
        self._timer = None if first is None else loop.call_at(first + self._limit, self._look)

    def close(self) -> None:
        """Stop to look."""
        if self._timer is not None:
            self._timer.cancel()


class Holding:
    """A unit while it holds a connection; a context manager.

    Raises `UnitError` inside another unit of the same task: on SQLite it would wait for itself, on a server it would
    hold two connections.
    """

    __slots__ = ("_open", "_task", "_unit", "_watch")

    def __init__(self, unit: object, watch: UnitWatch) -> None:
        self._unit: object = unit
        self._watch = watch
        self._open = True
        self._task: asyncio.Task[object] | None = asyncio.current_task()

    def __enter__(self) -> None:
        refuse_nesting(self._unit)
        _latest.set(self)  # never reset: a unit that has ended is not in anybody's way
        self._watch.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open = False
        self._watch.end(self)
        self._unit = self._task = None  # contexts of tasks keep this object as long as they live: nothing with it

    @property
    def name(self) -> str:
        """The unit's name."""
        return unit_name(self._unit)

    def around(self, task: "asyncio.Task[object] | None") -> bool:
        """Whether `task` is inside this unit."""
        return self._open and self._task is task


def refuse_nesting(unit: object) -> None:
    """Raise `UnitError` if the current task is inside a unit."""
    outer = _latest.get()
    if outer is not None and outer.around(asyncio.current_task()):
        raise UnitError(f"unit {unit_name(unit)} begins inside unit {outer.name}", hint="pass the session on instead")
