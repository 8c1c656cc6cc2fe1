"""The time that a run has taken, over pauses and crashes."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stopwatch:
    """Counts the stretches in which a run was alive; times are seconds since the epoch."""

    _counted: float = 0.0
    _since: float = 0.0

    def begin(self, at: float) -> None:
        """The run begins, or goes on."""
        self._since = at

    def end(self, at: float) -> None:
        """The run was last seen alive."""
        self._counted += max(0.0, at - self._since)
        self._since = at

    def elapsed_at_end(self) -> float:
        """Seconds up to the last `end`."""
        return self._counted

    def elapsed(self, at: float) -> float:
        """Seconds up to `at`."""
        return self._counted + max(0.0, at - self._since)
