"""The host's exceptions, all below the SDK's root.

HostError                        root of this package
├── DiscoveryError               entry points clash, or what operators require is not there
├── ResolveError                 the declared edges contradict each other, or lead nowhere
├── PluginFailure                one plugin failed in one phase
│   └── ContributionFailed       ... while contributing; the boot goes on without it where the policy says so
├── BootError                    the boot stops; carries every reason
└── ServerError                  the server cannot run: port in use, home in use, too little shared state
"""

from collections.abc import Sequence

from dify_runtime_sdk import DifyRuntimeError


class HostError(DifyRuntimeError):
    """Root of the errors that the host raises."""

    code = "host_error"


class DiscoveryError(HostError):
    """Entry points clash, or a required plugin is missing or has the wrong version; names the distributions."""

    code = "discovery_failed"


class ResolveError(HostError):
    """A cycle, a missing capability or an ambiguous one; names both sides."""

    code = "unresolved"


class PluginFailure(HostError):
    """One plugin failed in one phase; `__cause__` is what it raised."""

    code = "plugin_failed"

    def __init__(self, plugin: str, phase: str, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"plugin {plugin!r} failed in phase {phase}: {reason}", hint=hint)
        self.plugin = plugin
        self.phase = phase
        self.reason = reason

    @property
    def explained(self) -> str:
        """The reason and the hint, without the plugin's name."""
        return f"{self.reason} ({self.hint})" if self.hint else self.reason


class ContributionFailed(PluginFailure):
    """A plugin's contribution raised, clashed or made no sense."""

    code = "contribution_failed"

    def __init__(self, plugin: str, reason: str, *, hint: str | None = None) -> None:
        super().__init__(plugin, "contribute", reason, hint=hint)


class BootError(HostError):
    """The boot stopped and what had started was stopped again; `reasons` holds each error."""

    code = "boot_failed"

    def __init__(self, reasons: Sequence[DifyRuntimeError]) -> None:
        lines = [str(reason) for reason in reasons]
        super().__init__(lines[0] if len(lines) == 1 else "boot stopped:\n" + "\n".join(f"- {line}" for line in lines))
        self.reasons = tuple(reasons)


class ServerError(HostError):
    """The server cannot run as asked; says what to change."""

    code = "server_error"
