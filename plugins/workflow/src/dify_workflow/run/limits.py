"""How far a run may go, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

type RunStatus = Literal["running", "succeeded", "partial-succeeded", "failed", "stopped", "paused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """Limits of one run; defaults are Dify's."""

    max_steps: int = 500
    """Attempts of nodes, those inside containers included."""
    max_seconds: float = 1200
    """Pauses and the time between a crash and the continuation not counted."""
    max_parallel: int | None = None
    """Nodes that run at the same time; with 1 the order of all events is the same every time."""


@dataclass(slots=True)
class RunOutcome:
    """What a run has come to; complete after its last event."""

    status: RunStatus = "running"
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    total_tokens: int = 0
    total_steps: int = 0
    """Attempts of top-level nodes."""
    exceptions_count: int = 0
    elapsed: float = 0.0
    """Seconds, without pauses."""
    conversation: Mapping[str, Any] = field(default_factory=dict)
    """The conversation variables that the run changed, by name."""
