"""Cron expressions: minute, hour, day of month, month, day of week."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self

from dify_runtime_sdk.tasks import TaskError

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST: Final = 8 * 366 + 1
"""Days to look back: the 29th of February comes every eighth year at the least."""


@dataclass(frozen=True, slots=True)
class Cron:
    """When something is due, in local time. Where both kinds of day are limited, either will do, as in cron."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an expression; raises `TaskError`."""
        fields = text.lower().split()
        if len(fields) != 5:
            raise TaskError(f"cron expression {text!r} has {len(fields)} fields", hint="it takes 5")
        try:
            weekdays = _values(fields[4], 0, 7, _DAYS)
            return cls(
                minutes=_values(fields[0], 0, 59),
                hours=_values(fields[1], 0, 23),
                days=_values(fields[2], 1, 31),
                months=_values(fields[3], 1, 12, _MONTHS, first=1),
                weekdays=frozenset(day % 7 for day in weekdays),
                either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
            )
        except ValueError as error:
            raise TaskError(f"cron expression {text!r} cannot be read: {error}") from error

    @property
    def every_hour(self) -> bool:
        """Whether the hour does not matter."""
        return len(self.hours) == 24

    def latest(self, now: datetime) -> datetime | None:
        """The latest due time that is not after `now`; None when there is none in eight years."""
        for back in range(_LONGEST):
            day = now.date() - timedelta(days=back)
            if self._on(day):
                found = self._within(day, now.time() if back == 0 else time.max)
                if found is not None:
                    return found
        return None

    def _on(self, day: date) -> bool:
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (in_month or in_week if self.either_day else in_month and in_week)

    def _within(self, day: date, limit: time) -> datetime | None:
        for hour in sorted((one for one in self.hours if one <= limit.hour), reverse=True):
            minutes = [one for one in self.minutes if hour < limit.hour or one <= limit.minute]
            if minutes:
                return datetime.combine(day, time(hour, max(minutes)))
        return None


def _values(field: str, least: int, most: int, names: tuple[str, ...] = (), first: int = 0) -> frozenset[int]:
    """The values that a field means; raises `ValueError`."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        begin, dash, end = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = _value(begin, names, first)
            high = _value(end, names, first) if dash else (most if slash else low)
        width = int(step) if slash else 1
        if not least <= low <= high <= most or width < 1:
            raise ValueError(f"{part!r} is not within {least}-{most}")
        found.update(range(low, high + 1, width))
    return frozenset(found)


def _value(text: str, names: tuple[str, ...], first: int) -> int:
    return names.index(text) + first if text in names else int(text)
