"""What benchmarks are made of: interleaved repetitions, medians with their spread, targets, and what is shown."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

type Sample = Mapping[str, float]
"""What one repetition measured, by quantity."""


class RunFailed(Exception):
    """A repetition did not do what it measures; the benchmark ends with status 1."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some repetitions, with the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, samples: Sequence[Sample], quantity: str) -> Self:
        """The spread of one quantity; raises `RunFailed` when a repetition has not measured it."""
        try:
            values = [sample[quantity] for sample in samples]
        except KeyError as error:
            raise RunFailed(f"{quantity!r} could not be measured on this system") from error
        return cls(statistics.median(values), min(values), max(values))

    def to_json(self) -> dict[str, float]:
        """The spread as one JSON object."""
        return {"median": self.median, "min": self.least, "max": self.greatest}


@dataclass(frozen=True, slots=True)
class Target:
    """The limit that a row is held against: an upper one unless `at_least`."""

    of: Literal["median", "ratio", "difference"]
    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{self.of} {'>=' if self.at_least else '<='} {self.limit:g}"

    def met_by(self, value: float) -> bool:
        """Whether `value` keeps the limit."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of ours beside the same one of the baseline."""

    name: str
    unit: str
    ours: Spread
    baseline: Spread | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Our median in baselines."""
        return self.ours.median / self.baseline.median if self.baseline and self.baseline.median else None

    @property
    def difference(self) -> float | None:
        """Our median less that of the baseline."""
        return self.ours.median - self.baseline.median if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        values = {"median": self.ours.median, "ratio": self.ratio, "difference": self.difference}
        value = values[self.target.of]
        return value is not None and self.target.met_by(value)

    def to_json(self) -> dict[str, Any]:
        """The row as one JSON object."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours.to_json(),
            "baseline": self.baseline.to_json() if self.baseline else None,
            "ratio": self.ratio,
            "difference": self.difference,
            "target": str(self.target) if self.target else None,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that samples hold under `key`, and how its row is called."""

    key: str
    name: str
    unit: str
    target: Target | None = None

    def row(self, ours: Sequence[Sample], baseline: Sequence[Sample]) -> Row:
        """The row of this quantity; raises `RunFailed` when a repetition has not measured it."""
        return Row(self.name, self.unit, Spread.of(ours, self.key), Spread.of(baseline, self.key), self.target)


@dataclass(frozen=True, slots=True)
class Detail:
    """A table beside the result: where the time goes."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def to_json(self) -> dict[str, Any]:
        """The table as one JSON object, a row as an object by column."""
        return {"title": self.title, "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows]}


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one benchmark; `ours` and `baseline` say in words what was compared."""

    ours: str
    baseline: str
    rows: Sequence[Row]
    details: Sequence[Detail] = ()
    notes: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object."""
        return {
            "ours": self.ours,
            "baseline": self.baseline,
            "rows": [row.to_json() for row in self.rows],
            "details": [detail.to_json() for detail in self.details],
            "notes": list(self.notes),
        }


def interleaved[K](runs: int, subjects: Mapping[K, Callable[[], Sample]], warm_up: int = 1) -> dict[K, list[Sample]]:
    """Measure the subjects in turn, A B A B, so that what else the machine does meets both; `warm_up` turns are
    dropped.
    """
    samples: dict[K, list[Sample]] = {name: [] for name in subjects}
    for turn in range(-warm_up, runs):
        for name, measure in subjects.items():
            sample = measure()
            if turn >= 0:
                samples[name].append(sample)
    return samples
