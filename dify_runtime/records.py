"""Records: what became of each plugin, shared by the command line, the JSON route and the log."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dify_runtime_sdk import DifyRuntimeError

from .errors import BootError, PluginFailure


class State(StrEnum):
    """What became of a plugin."""

    DENIED = "denied"  # the operator's allow and deny lists, or safe mode, leave it out
    FAILED = "failed"  # an error of its own, in the phase the record names
    UNMET = "unmet"  # something it requires is missing, failed or not enabled
    DISABLED = "disabled"  # its own `enabled` says no
    IDLE = "idle"  # contributes here, starts elsewhere: role, partial boot, or another provider is selected
    READY = "ready"  # everything is there for it to start
    STARTED = "started"
    STOPPED = "stopped"


OUT = frozenset((State.DENIED, State.FAILED))
"""States in which a plugin has no part in the runtime."""


@dataclass(slots=True)
class PluginRecord:
    """One plugin's history. Times are milliseconds of wall time, `import_kb` the growth of resident memory."""

    name: str
    distribution: str | None = None
    version: str | None = None
    state: State = State.READY
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    level: int | None = None
    import_ms: float | None = None
    import_kb: int | None = None
    settings_ms: float | None = None
    start_ms: float | None = None
    stop_ms: float | None = None
    phase: str | None = None
    error: str | None = None
    essential: bool = False

    @property
    def failed(self) -> bool:
        """Whether something went wrong with it, as opposed to somebody having decided against it."""
        return self.state is State.FAILED or (self.state is State.UNMET and self.phase is not None)

    def to_json(self) -> dict[str, Any]:
        """The record as one JSON object."""
        return {
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
            "state": str(self.state),
            "requires": list(self.requires),
            "after": list(self.after),
            "before": list(self.before),
            "provides": list(self.provides),
            "level": self.level,
            "import_ms": _rounded(self.import_ms),
            "import_kb": self.import_kb,
            "settings_ms": _rounded(self.settings_ms),
            "start_ms": _rounded(self.start_ms),
            "phase": self.phase,
            "error": self.error,
            "essential": self.essential,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


@dataclass(slots=True)
class Ledger:
    """All records of one boot, and the outcome table: which failures stop it.

    `strict` is the failure policy `fail`; essential plugins stop the boot under either policy.
    """

    strict: bool
    records: dict[str, PluginRecord] = field(default_factory=dict)
    fatal: list[DifyRuntimeError] = field(default_factory=list)

    def fail(self, name: str, phase: str, error: BaseException) -> None:
        """Record a plugin's own failure; `checkpoint` stops the boot if the outcome table says so."""
        reason = error.explained if isinstance(error, PluginFailure) else describe(error)
        self._record(name, State.FAILED, phase, reason, error)

    def unmet(self, name: str, error: DifyRuntimeError, *, fault: bool) -> None:
        """Record that what a plugin requires is not there; `fault`: missing, not merely switched off."""
        self._record(name, State.UNMET, "resolve" if fault else None, str(error), error, fault=fault)

    def _record(
        self, name: str, state: State, phase: str | None, reason: str, error: BaseException, *, fault: bool = True
    ) -> None:
        record = self.records[name]
        record.state, record.phase, record.error = state, phase, reason
        if record.essential or (self.strict and fault):
            failure = PluginFailure(name, phase or "resolve", reason)
            failure.__cause__ = error
            self.fatal.append(failure)

    def checkpoint(self) -> None:
        """Raise `BootError` with every fatal reason so far."""
        if self.fatal:
            raise BootError(self.fatal)

    def failures(self) -> dict[str, str]:
        """Plugins that failed or are unmet through a failure, with the reason."""
        return {record.name: record.error or "" for record in self.records.values() if record.failed}


def describe(error: BaseException) -> str:
    """An exception in one line; the type is named unless it is one of ours, whose message says it all."""
    return str(error) if isinstance(error, DifyRuntimeError) else f"{type(error).__name__}: {error}"
