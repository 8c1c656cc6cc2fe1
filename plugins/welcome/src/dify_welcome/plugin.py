"""The declaration of the plugin."""

from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, hookimpl

from .settings import WelcomeSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.hookspecs import BannerLines
    from dify_runtime_sdk.http import Routes

    from .page.access import Access


class WelcomePlugin(Plugin):
    """Example apps, what to type next, and a page to try apps on; where everything is in one process."""

    requires = ("apps", "accounts", "models")
    after = ("apps-files",)
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})
    settings = WelcomeSettings
    process_wide = True  # for whoever starts a server: not for the users of a program with one inside

    def __init__(self) -> None:
        self._access: Access | None = None
        self._runtime: Runtime | None = None

    @hookimpl
    def routes(self, runtime: Runtime) -> "list[Routes]":
        """The pages, for those whom `WELCOME_PAGE` admits; none with a `MODE`."""
        page = runtime.settings(WelcomeSettings).WELCOME_PAGE
        if not runtime.embedded or page == "off":
            return []
        from .page.access import Access
        from .page.routes import page_routes

        self._access = Access(local=page == "local")
        return [page_routes(self._access)]

    async def start(self, runtime: Runtime) -> None:
        """Be there for the user of the embedded default."""
        self._runtime = runtime if runtime.embedded else None

    @hookimpl
    def banner(self) -> "list[BannerLines]":
        """Serve the example apps where they are wanted, and say what to type and where to look."""
        if self._runtime is None:
            return []
        from functools import partial

        from .banner import banner_lines

        return [partial(banner_lines, self._runtime, self._access)]
