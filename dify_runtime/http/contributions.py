"""What the host hands to `build_app`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import BlueprintGroup, GroupAuthenticator, LazyRoutes, Middleware, Routes

if TYPE_CHECKING:
    from quart import Quart


@dataclass(frozen=True, kw_only=True)
class HttpContributions:
    """The contributions of one runtime to its HTTP application: pairs of plugin name and value, in the resolved order.

    `configure` are calls with the new Quart application, before routes are added. `view` gives a plugin's own view of
    the runtime, which becomes `RequestContext.runtime` of its routes.
    """

    groups: Sequence[tuple[str, BlueprintGroup]] = ()
    authenticators: Sequence[tuple[str, GroupAuthenticator]] = ()
    routes: Sequence[tuple[str, Routes | LazyRoutes]] = ()
    middleware: Sequence[tuple[str, Middleware]] = ()
    configure: Sequence[tuple[str, "Callable[[Quart], None]"]] = ()
    view: Callable[[str], Runtime]
