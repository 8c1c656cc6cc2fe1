"""The service registry: typed factories, made on first use in their provider's name, released when it stops.

Each providing plugin has an svcs container of its own, so that stopping a plugin releases exactly its services, after
everybody who requires it has stopped. A look-up made while a plugin starts must follow a declared edge; afterwards
look-ups are free, which is why run-time needs never order anything.
"""

import asyncio
import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import CheckResult, DifyRuntimeError, HealthCheck, Service, ServiceError
from dify_runtime_sdk.runtime import Runtime

from .errors import ContributionFailed
from .hooks import Contribution
from .records import describe
from .resolve import Resolution

if TYPE_CHECKING:
    import svcs

HOST = "host"
"""The provider of the host's own services, which need no edge."""

_making: ContextVar[tuple[type[Any], ...]] = ContextVar("dify_runtime_services_in_the_making", default=())


@dataclass(slots=True)
class _Offer:
    """A service with its provider, and the lock that makes it once."""

    provider: str
    service: Service[Any]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    value: Any = None
    made: bool = False


class ServiceRegistry:
    """All services of one runtime."""

    def __init__(self, offers: Iterable[Contribution], resolution: Resolution, view: Callable[[str], Runtime]) -> None:
        """Choose one offer per key; raises `ContributionFailed` when two plugins offer a key without a choice."""
        self._resolution = resolution
        self._view = view
        self._containers: dict[str, svcs.Container] = {}
        self._offers: dict[type[Any], _Offer] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._stopped: set[str] = set()
        self.starting: set[str] = set()
        for provider, service in offers:
            self._add(provider, service)

    def _add(self, provider: str, service: Any) -> None:
        if not isinstance(service, Service):
            raise ContributionFailed(provider, f"hook 'services' gave {service!r}", hint="it must give Service objects")
        taken = self._offers.get(service.key)
        if taken is not None:
            chosen = self._chosen(taken.provider, provider)
            if chosen is None:
                raise ContributionFailed(
                    provider,
                    f"service {_name(service.key)} is offered by plugin {taken.provider!r} too",
                    hint="let both provide one capability with an owner that selects, or deny one",
                )
            if chosen != provider:
                return
        self._offers[service.key] = _Offer(provider, service)

    def _chosen(self, one: str, two: str) -> str | None:
        """The provider that a capability's owner selected, if these two are rivals for it."""
        passed = self._resolution.unselected
        if one in passed:
            return two
        return one if two in passed else None

    def offered(self, key: type[Any]) -> bool:
        """Whether some plugin offers `key`."""
        return key in self._offers

    async def get(self, key: type[Any], caller: str) -> Any:
        """The service under `key` for the plugin `caller`, made now if this is its first use."""
        offer = self._offers.get(key)
        if offer is None:
            raise ServiceError(f"no plugin offers service {_name(key)}", hint=f"looked up by plugin {caller!r}")
        self._check_edge(key, offer, caller)
        if offer.made:
            return offer.value
        path = _making.get()
        if key in path:
            circle = " -> ".join(_name(one) for one in (*path[path.index(key) :], key))
            raise ServiceError(f"services need each other in a circle: {circle}", hint="look one up at first use")
        async with offer.lock:
            return offer.value if offer.made else await self._make(key, offer, path)

    async def _make(self, key: type[Any], offer: _Offer, path: tuple[type[Any], ...]) -> Any:
        token = _making.set((*path, key))
        try:
            offer.value = await self._container(offer.provider).aget(key)
        except DifyRuntimeError:
            raise
        except Exception as error:
            reason = f"plugin {offer.provider!r} cannot make service {_name(key)}: {describe(error)}"
            raise ServiceError(reason) from error
        finally:
            _making.reset(token)
        offer.made = True
        return offer.value

    def _container(self, provider: str) -> "svcs.Container":
        if provider in self._stopped:
            raise ServiceError(f"plugin {provider!r} has stopped", hint="look services up before the runtime stops")
        container = self._containers.get(provider)
        if container is None:
            container = self._containers[provider] = self._make_container(provider)
        return container

    def _make_container(self, provider: str) -> "svcs.Container":
        import svcs  # at the first look-up: it imports every web framework it finds, which only a server needs

        registry, view = svcs.Registry(), self._view(provider)
        for key, offer in self._offers.items():
            if offer.provider == provider:
                registry.register_factory(key, _bound(offer.service, view))
        return svcs.Container(registry)

    def _check_edge(self, key: type[Any], offer: _Offer, caller: str) -> None:
        if offer.provider in self._stopped:
            raise ServiceError(f"service {_name(key)} is gone: plugin {offer.provider!r} has stopped")
        if caller not in self.starting or offer.provider in (HOST, caller):
            return
        closure = self._closures.get(caller)
        if closure is None:
            closure = self._closures[caller] = frozenset(self._resolution.closure((caller,)))
        if offer.provider not in closure:
            raise ServiceError(
                f"plugin {caller!r} looked up service {_name(key)} of plugin {offer.provider!r} while starting",
                hint=f"declare the missing edge in {caller!r}: requires = ({offer.provider!r},)",
            )

    async def release(self, provider: str) -> None:
        """Release the services of a plugin that has stopped, last made first."""
        self._stopped.add(provider)
        container = self._containers.pop(provider, None)
        if container is not None:
            await container.aclose()

    async def release_all(self) -> None:
        """Release what is left, in the reverse of the resolved order, then the host's own."""
        for provider in (*reversed(self._resolution.order), HOST):
            await self.release(provider)

    def checks(self) -> list[tuple[str, HealthCheck]]:
        """A health check per made service that has one, with its provider."""
        return [
            (offer.provider, HealthCheck(_name(key), partial(offer.service.check, offer.value)))
            for key, offer in self._offers.items()
            if offer.made and offer.service.check is not None
        ]


def _bound(service: Service[Any], view: Runtime) -> Callable[[], Any]:
    """The factory without its argument; generator functions become the context managers that svcs enters."""
    factory: Any = service.factory
    if inspect.isasyncgenfunction(factory):
        factory = asynccontextmanager(factory)
    elif inspect.isgeneratorfunction(factory):
        factory = contextmanager(factory)
    return lambda: factory(view)


def _name(key: type[Any]) -> str:
    return getattr(key, "__qualname__", repr(key))


async def run_checks(checks: Iterable[tuple[str, HealthCheck]], essential: Mapping[str, bool]) -> list[CheckResult]:
    """Run health checks concurrently, each within its own time limit."""
    return list(await asyncio.gather(*(_run_check(plugin, check, essential) for plugin, check in checks)))


async def _run_check(plugin: str, check: HealthCheck, essential: Mapping[str, bool]) -> CheckResult:
    began = time.perf_counter()
    error: str | None = None
    try:
        async with asyncio.timeout(check.timeout):
            await check.check()
    except TimeoutError:
        error = f"no answer within {check.timeout:g} s"
    except Exception as raised:  # a failed check is an answer, whatever it raised
        error = describe(raised)
    ms = (time.perf_counter() - began) * 1000
    return CheckResult(check.name, plugin, essential.get(plugin, False), round(ms, 3), error)
