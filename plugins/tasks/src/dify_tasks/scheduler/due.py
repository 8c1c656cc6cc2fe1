"""When schedules are due. Times are naive UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dify_runtime_sdk.tasks import Schedule, TaskError

from .cron import Cron

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as rows hold it


@dataclass(frozen=True, slots=True)
class Timing:
    """A schedule whose times can be asked for; make it by `timing`, which raises `TaskError`."""

    schedule: Schedule
    cron: Cron | None
    zone: "ZoneInfo"

    def latest(self, now: datetime) -> datetime | None:
        """The latest due time that is not after `now`."""
        if self.cron is None:
            every = timedelta(seconds=self.schedule.every or 0)
            return _EPOCH + (now - _EPOCH) // every * every
        local = now.replace(tzinfo=UTC).astimezone(self.zone)
        found = self.cron.latest(local.replace(tzinfo=None, fold=0))
        if found is None:
            return None
        # an hour that comes twice: what is due at a set hour is due in the first, the rest in both
        fold = local.fold if self.cron.every_hour else 0
        due = found.replace(tzinfo=self.zone, fold=fold).astimezone(UTC).replace(tzinfo=None)
        return due if due <= now else None  # an hour that is left out: due at the same distance from the gap's begin


def timing(schedule: Schedule, zone: "ZoneInfo") -> Timing:
    """Read a schedule; raises `TaskError`."""
    if schedule.cron is not None:
        return Timing(schedule, Cron.parse(schedule.cron), zone)
    if schedule.every is None or schedule.every < 1:
        raise TaskError(f"schedule {schedule.name!r}: `every` is at least a second")
    return Timing(schedule, None, zone)
