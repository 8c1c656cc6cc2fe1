"""The runtime: one booted set of plugins. Several can live in one process."""

import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dify_runtime_sdk import DifyRuntimeError, Introspection, Plugin, Readiness, Service, Settings
from dify_runtime_sdk.events import Events
from dify_runtime_sdk.interceptors import Interceptors
from dify_runtime_sdk.plugin import Role

from . import __version__
from .assembly import Assembly, BootRequest, Groundwork, lay_groundwork
from .errors import BootError
from .lifecycle import Lifecycle
from .records import PluginRecord, State
from .services import HOST, run_checks
from .view import ServiceAccess

if TYPE_CHECKING:
    from .http import HttpApp


class Runtime:
    """A booted runtime, seen from outside; made by `Runtime.boot` only. Plugins see it through views of their own."""

    def __init__(self, assembly: Assembly, lifecycle: Lifecycle) -> None:
        self._assembly = assembly
        self._lifecycle = lifecycle
        self.boot_ms = (time.perf_counter() - assembly.began) * 1000

    @classmethod
    @asynccontextmanager
    async def boot(
        cls,
        *,
        roles: Collection[Role] | None = None,
        only: Collection[str] | None = None,
        overrides: Mapping[str, Any] | None = None,
        plugins: Mapping[str, type[Plugin]] | None = None,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        strict: bool | None = None,
        groundwork: Groundwork | None = None,
    ) -> AsyncIterator[Self]:
        """Boot, give the runtime, and stop it when the block ends, however it ends.

        `roles` default to those of `MODE`. `only` starts the dependency closure of these capabilities and nothing
        else. `overrides` is the init layer of the settings. `plugins` replaces discovery by exactly these classes,
        `environ` and `cwd` the process's own environment and working directory, `strict` the failure policy.
        `groundwork` continues a boot whose first steps were already made.

        Raises `BootError` with every reason when the boot stops; what had started has been stopped then.
        """
        if groundwork is None:
            request = BootRequest(
                roles=None if roles is None else frozenset(roles),
                only=None if only is None else frozenset(only),
                overrides=dict(overrides or {}),
                plugins=plugins,
                environ=environ,
                cwd=cwd,
                strict=strict,
            )
            groundwork = lay_groundwork(request)
        assembly = Assembly(groundwork)
        lifecycle = Lifecycle(assembly)
        try:
            await assemble(assembly, lifecycle)
            await lifecycle.start()
            yield cls(assembly, lifecycle)
        finally:
            await lifecycle.stop()

    @property
    def roles(self) -> frozenset[str]:
        """The roles of this process."""
        return self._assembly.roles

    @property
    def embedded(self) -> bool:
        """Whether this is the default of everything in one process."""
        return self._assembly.bootstrap.embedded

    @property
    def home(self) -> Path:
        """The directory that holds everything the embedded default writes."""
        return self._assembly.home

    @property
    def services(self) -> ServiceAccess:
        """Look-up of services."""
        return ServiceAccess(self._assembly, HOST)

    @property
    def events(self) -> Events:
        """Publication of typed events."""
        return self._assembly.contributed.events

    @property
    def interceptors(self) -> Interceptors:
        """The chains around calls."""
        return self._assembly.contributed.interceptors

    @property
    def assembly(self) -> Assembly:
        """What the boot knew before the first start; for the host's own commands and tests."""
        return self._assembly

    @property
    def http(self) -> "HttpApp":
        """The HTTP application; raises `DifyRuntimeError` in a process without the role `api`."""
        app = self._assembly.contributed.http
        if app is None:
            raise DifyRuntimeError("this runtime serves no HTTP", hint="boot it with the role api")
        return app

    @property
    def records(self) -> dict[str, PluginRecord]:
        """Every plugin's record, in the resolved order."""
        return self._assembly.ledger.records

    def settings[S: Settings](self, model: type[S]) -> S:
        """The validated settings of `model`."""
        return self._assembly.store.get(model)

    def require(self, capabilities: Collection[str]) -> None:
        """Raise `DifyRuntimeError` with the recorded reason, should one of these capabilities not have started."""
        for capability in sorted(capabilities):
            record = self.records.get(self._assembly.resolution.selected.get(capability, capability))
            if record is None or record.state is not State.STARTED:
                reason = "nothing provides it" if record is None else record.error or f"it is {record.state}"
                raise DifyRuntimeError(
                    f"this needs {capability!r}, which did not start: {reason}",
                    hint="`dify-runtime plugins list` shows the state of every plugin",
                )

    def contributions(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """What the started plugins return from `hook`, as (plugin name, value) in the resolved order."""
        return self._assembly.contributed.collect(hook, self._assembly.started, **arguments)


class HostIntrospection:
    """The host's own service: its records and its readiness."""

    def __init__(self, assembly: Assembly, lifecycle: Lifecycle) -> None:
        self._assembly = assembly
        self._lifecycle = lifecycle

    @property
    def version(self) -> str:
        """The version of the host."""
        return __version__

    def plugins(self) -> list[dict[str, Any]]:
        """One JSON object per plugin in the resolved order."""
        return [record.to_json() for record in self._assembly.ledger.records.values()]

    async def readiness(self) -> Readiness:
        """Run all health checks concurrently, and judge by the outcome table."""
        contributed, ledger = self._assembly.contributed, self._assembly.ledger
        services = contributed.services.checks() if contributed.services else []
        essential = {name: record.essential for name, record in ledger.records.items()}
        checks = await run_checks([*services, *contributed.health_checks], essential)
        broken = [check for check in checks if check.error is not None]
        failures = ledger.failures()
        if not self._lifecycle.serving or any(ledger.strict or check.essential for check in broken):
            return Readiness("not_ready", checks, failures)
        return Readiness("degraded" if broken or failures else "ready", checks, failures)


async def assemble(assembly: Assembly, lifecycle: Lifecycle) -> None:
    """Take an assembly through settings, resolution and contribution; raises `BootError`."""
    own = Service(Introspection, lambda _runtime: HostIntrospection(assembly, lifecycle))
    try:
        assembly.ledger.checkpoint()
        await assembly.settle()
        assembly.contribute([(HOST, own)])
    except BootError:
        raise
    except DifyRuntimeError as error:
        raise BootError([error]) from error
