"""What a serving process says of itself once it answers, and how that is shown."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from .. import __version__
from ..runtime import Runtime

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a boot, as a worker process sends it to its parent: one JSON object in one line.

    `plugins` counts those that started, `failures` names those that did not, `banner` holds the lines below the ready
    line, `shared` the state that the started plugins share between processes. `error` is set alone: the boot failed.
    """

    plugins: int = 0
    boot_ms: float = 0.0
    failures: Mapping[str, str] = field(default_factory=dict)
    banner: Sequence[str] = ()
    shared: Sequence[str] = ()
    error: str | None = None

    @classmethod
    async def serving(cls, runtime: Runtime) -> Self:
        """The report of a runtime that serves."""
        banner = [line for plugin, given in runtime.contributions("banner") for line in await _lines(plugin, given)]
        failures = runtime.assembly.ledger.failures()
        return cls(len(runtime.assembly.started), runtime.boot_ms, failures, banner)

    @classmethod
    def preflight(cls, runtime: Runtime) -> Self:
        """The report of a runtime that was booted to see what it shares with other processes."""
        shared = sorted({str(state) for _, state in runtime.contributions("shared_backends")})
        return cls(len(runtime.assembly.started), runtime.boot_ms, shared=shared)

    def encode(self) -> bytes:
        """The report as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Self:
        """The report in `line`; raises `ValueError` when there is none."""
        content: Any = json.loads(line)
        return cls(**content)


async def _lines(plugin: str, given: Any) -> Sequence[str]:
    """The lines that one contribution gives; none, with a word in the log, where they cannot be found out."""
    if not callable(given):
        return [str(given)]
    try:
        return [str(line) for line in await given()]
    except Exception:  # a server that answers is not stopped for want of a line
        _log.exception("plugin %r cannot say its lines of the banner", plugin)
        return []


def ready_lines(report: Report, url: str, seconds: float) -> Iterator[str]:
    """What stdout says when requests are answered: the ready line, then the plugins' banner."""
    plugins = f"{report.plugins} plugin{'' if report.plugins == 1 else 's'}"
    yield f"dify-runtime {__version__} ready at {url} ({plugins}, boot {seconds:.2f} s)"
    for line in report.banner:
        yield line.replace("{url}", url)


def warning_lines(report: Report) -> Iterator[str]:
    """What stderr says of plugins that the failure policy goes on without, one line each."""
    for name, reason in report.failures.items():
        yield f"warning: plugin {name!r} is out: {' '.join(reason.split())}"
