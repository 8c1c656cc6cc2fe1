"""The phase "contribute": every plugin is asked once, and what they gave is composed into registries."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Command, HealthCheck, Interceptor, Plugin, Registry, RegistryError, Subscriber

from .errors import ContributionFailed
from .hooks import Contribution, HookBook
from .messaging import EventBus, InterceptorChains
from .resolve import Resolution
from .services import ServiceRegistry

if TYPE_CHECKING:
    from .http import HttpApp
    from .http.settings import HttpSettings
    from .view import Views


class Contributions:
    """What all plugins of one runtime contributed. Built anew, without the plugin at fault, when one fails."""

    def __init__(self, plugins: Mapping[str, Plugin], starting: Collection[str], views: "Views") -> None:
        """Register `plugins`, given in the resolved order; `starting` are those that start in this process."""
        self._starting = starting
        self._views = views
        self.hooks = HookBook(plugins)
        self.services: ServiceRegistry | None = None
        self.events = EventBus(())
        self.interceptors = InterceptorChains(())
        self.commands: Registry[Command] = Registry("command")
        self.health_checks: list[Contribution] = []
        self.http: HttpApp | None = None

    def collect(self, hook: str, only: Collection[str] | None = None, **arguments: Any) -> list[Contribution]:
        """What each plugin returned from `hook`, as (plugin name, value) in the resolved order."""
        return self.hooks.call(hook, lambda name: {"runtime": self._views(name), **arguments}, only)

    def compose(self, resolution: Resolution, own_services: list[Contribution]) -> None:
        """Compose what holds in every process; then let the owners of extension points finish."""
        offers = [*own_services, *self.collect("services")]
        self.events = EventBus(self._typed("subscribers", Subscriber))
        self.interceptors = InterceptorChains(self._typed("interceptors", Interceptor))
        for plugin, command in self._typed("commands", Command):
            try:
                self.commands.add(command.name, command, owner=plugin)
            except RegistryError as error:
                raise ContributionFailed(plugin, error.message, hint=error.hint) from error
        self.services = ServiceRegistry(offers, resolution, self._views)
        self.collect("finish")

    def compose_http(self, settings: "HttpSettings") -> None:
        """Build the HTTP application from the plugins that start here."""
        import svcs  # noqa: F401 - a server imports it now, not inside its first request

        from .http import HttpContributions, build_app  # only processes with the role api pay for Quart

        only = self._starting
        self.health_checks = self._typed("health_checks", HealthCheck, only)
        configure = [
            (name, partial(self._configure, name)) for name in self.hooks.implementations().get("configure_app", ())
        ]
        self.http = build_app(
            HttpContributions(
                groups=self.collect("blueprint_groups", only),
                authenticators=self.collect("authenticators", only),
                routes=self.collect("routes", only),
                middleware=self.collect("asgi_middleware", only),
                configure=[(name, call) for name, call in configure if name in only],
                view=self._views,
            ),
            settings,
        )

    def _configure(self, name: str, app: Any) -> None:
        self.collect("configure_app", (name,), app=app)

    def _typed(self, hook: str, kind: type[Any], only: Collection[str] | None = None) -> list[Contribution]:
        found = self.collect(hook, only)
        for plugin, value in found:
            if not isinstance(value, kind):
                raise ContributionFailed(
                    plugin, f"hook {hook!r} gave {value!r}", hint=f"it must give {kind.__name__} objects"
                )
        return found
