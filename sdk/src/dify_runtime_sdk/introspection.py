"""What the host tells about itself: the service `Introspection`, offered in every process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one health check; `error` is None when it passed."""

    name: str
    plugin: str
    essential: bool
    ms: float
    error: str | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this process should get traffic, and why not.

    `ready` - all is well; `degraded` - a plugin or check failed and the failure policy says go on; `not_ready` - an
    essential one failed, the policy is `fail`, or the process is still starting or already stopping.
    """

    status: Literal["ready", "degraded", "not_ready"]
    checks: Sequence[CheckResult]
    failed_plugins: Mapping[str, str]
    """Plugins that failed or are unmet, each with the reason."""


class Introspection(Protocol):
    """The host's records, for routes and commands that show them."""

    @property
    def version(self) -> str:
        """The version of the host."""
        ...

    def plugins(self) -> list[dict[str, Any]]:
        """One JSON object per plugin in the resolved order, as `dify-runtime plugins list --json` prints it."""
        ...

    async def readiness(self) -> Readiness:
        """Run all health checks concurrently, each within its time limit."""
        ...
