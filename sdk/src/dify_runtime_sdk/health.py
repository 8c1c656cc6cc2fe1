"""Health checks: what `/health/ready` asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

type Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One question, contributed by the hook `health_checks`.

    `check` returns when all is well and raises otherwise; it is called on every `/health/ready`, at most one call at
    a time, and counts as failed after `timeout` seconds. The text of what it raises is shown to operators: no secrets.
    """

    name: str
    check: Check
    timeout: float = 2.0
