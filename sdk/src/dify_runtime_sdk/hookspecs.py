"""The hook specifications, grouped by the phase of the boot in which the host calls them.

All hooks are synchronous: they return objects or factories, and whatever must be awaited is awaited by the host later.
None of them may block. An implementation is a method of a `Plugin` marked `@hookimpl`; it takes any subset of the
arguments, by name. Each plugin's implementation is called on its own, so that one that raises is that plugin's failure
(phase "contribute") and nobody else's; for the same reason pluggy wrappers are refused: use an interceptor. Calls
follow the resolved order. `runtime` is always the implementing plugin's own view. Returning None contributes nothing.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from .commands import Command
from .events import Subscriber
from .health import HealthCheck
from .interceptors import Interceptor
from .markers import hookspec
from .runtime import Runtime
from .services import Service

if TYPE_CHECKING:
    from quart import Quart

    from .http import BlueprintGroup, GroupAuthenticator, LazyRoutes, Middleware, Routes

type BannerLines = Callable[[], Awaitable[Iterable[str]]]
"""Finds out lines of the banner, once the server listens."""


class OfferHooks:
    """Phase "offer": plugins that own extension points say so, before anybody contributes."""

    @hookspec
    def extension_points(self) -> Iterable[type[Any]] | None:
        """Add extension points of this plugin's own: classes whose `@hookspec` methods others may implement.

        When: once per boot, before contributions; in every process. The owner collects in its `finish`, by
        `runtime.contributions(hook_name)`. Hook names are shared by all plugins: prefix them with yours.
        """


class ContributeHooks:
    """Phase "contribute": called on every selected plugin in every process, whatever its roles and `enabled` say."""

    @hookspec
    def services(self, runtime: Runtime) -> Iterable[Service[Any]] | None:
        """Offer typed service factories; see `Service`.

        When: once per boot, before any start. `runtime.settings` works here, `runtime.services` not yet. The factories
        run at the first look-up of their key.
        """

    @hookspec
    def commands(self) -> Iterable[Command] | None:
        """Add commands to `dify-runtime`; see `Command`.

        When: once per boot, and when the command line lists its commands. A name that is taken is an error.
        """

    @hookspec
    def subscribers(self, runtime: Runtime) -> Iterable[Subscriber[Any]] | None:
        """Subscribe to typed events; see `Subscriber`.

        When: once per boot. Events can be delivered from the first start on.
        """

    @hookspec
    def interceptors(self, runtime: Runtime) -> Iterable[Interceptor[Any, Any]] | None:
        """Wrap calls that other plugins make; see `Interceptor`.

        When: once per boot. The chains are composed once, in the resolved order, the first plugin outermost.
        """


class FinishHooks:
    """Phase "finish": everything is contributed, nothing has started."""

    @hookspec
    def finish(self, runtime: Runtime) -> None:
        """Collect the contributions to this plugin's own extension points, and refuse wrong ones.

        When: once per boot, in every process, in the resolved order. Raise to fail this plugin; an error that is a
        contributor's fault is raised by `runtime.contributions` against the contributor.
        """


class ServeHooks:
    """Phase "serve": called only in a process with the role `api`, on plugins that start there."""

    @hookspec
    def blueprint_groups(self, runtime: Runtime) -> "Iterable[BlueprintGroup] | None":
        """Add groups of routes; see `BlueprintGroup`.

        When: once per boot, before the starts. A name or prefix that is taken is an error.
        """

    @hookspec
    def authenticators(self, runtime: Runtime) -> "Iterable[GroupAuthenticator] | None":
        """Give groups of other plugins their authenticator; see `GroupAuthenticator`.

        When: once per boot, before the starts. A second one for the same group is an error.
        """

    @hookspec
    def routes(self, runtime: Runtime) -> "Iterable[Routes | LazyRoutes] | None":
        """Contribute routes into groups; see `Routes` and, for many of them, `LazyRoutes`.

        When: once per boot, before the starts. Import modules of `Routes` here, not at the top of the plugin's module.
        A method and path that is taken, an unknown group, and a route that needs an authenticator where its group has
        none are errors of the contributing plugin: all of its routes are served, or none. A GET route at `/` of the
        group `root` is the root page.
        """

    @hookspec
    def asgi_middleware(self, runtime: Runtime) -> "Iterable[Middleware] | None":
        """Wrap the whole ASGI application; the first plugin in the resolved order is the outermost.

        When: once per boot, before the starts. The returned callables are called once with the application; what they
        return is called for every connection, so it must be quick.
        """

    @hookspec
    def configure_app(self, app: "Quart", runtime: Runtime) -> None:
        """Adjust the Quart application itself: the JSON provider and the like. Prefer the other hooks.

        When: once per boot, after the application is made and before routes are added.
        """

    @hookspec
    def health_checks(self, runtime: Runtime) -> Iterable[HealthCheck] | None:
        """Add questions to `/health/ready` besides the checks of services; see `HealthCheck`.

        When: once per boot; the checks are called on every readiness request.
        """

    @hookspec
    def shared_backends(self, runtime: Runtime) -> Iterable[str] | None:
        """Say which state is shared between processes: `database`, `cache`, or both.

        When: once per `serve --workers N`, in the parent. N > 1 is refused unless both are.
        """

    @hookspec
    def banner(self, runtime: Runtime) -> Iterable[str | BannerLines] | None:
        """Add lines below the ready line of `serve`; `{url}` in them stands for the address it listens on.

        When: once, when the server listens. Lines that take a look-up come from an async function, called then: the
        server answers meanwhile. No secrets, but for what the embedded default shows its only user: in
        production the lines end up in logs.
        """


CORE_HOOKS: tuple[type[Any], ...] = (OfferHooks, ContributeHooks, FinishHooks, ServeHooks)
"""The specifications that the host itself calls, in the order of the phases."""
