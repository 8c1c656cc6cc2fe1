"""The plugin `mail`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, PluginError, Registry, Runtime, Service, hookimpl

from .settings import MailSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.mail import MailBackend, MailTemplates, MailTransport


class MailPlugin(Plugin):
    """Sends messages by the back end that `MAIL_TYPE` selects, and renders their templates."""

    settings = MailSettings

    def __init__(self) -> None:
        self._backends: Registry[MailBackend] = Registry("mail back end")
        self._folders: Registry[MailTemplates] = Registry("folder of mail templates")
        self._transport: MailTransport | None = None

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer the hooks `mailers` and `mail_templates`."""
        from .hooks import MailHooks

        return [MailHooks]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the services `Mailer` and `MailRenderer`; Jinja is imported when the latter is first looked up."""
        from dify_runtime_sdk.mail import Mailer, MailRenderer

        return [Service(Mailer, self._make_mailer), Service(MailRenderer, self._make_renderer)]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect back ends and folders of templates."""
        from dify_runtime_sdk.mail import MailBackend, MailTemplates

        for plugin, backend in _given(runtime, "mailers", MailBackend):
            self._backends.add(backend.name, backend, owner=plugin)
        for plugin, folder in _given(runtime, "mail_templates", MailTemplates):
            self._folders.add(folder.name, folder, owner=plugin)

    async def start(self, runtime: Runtime) -> None:
        """Open the selected back end, so that what it lacks shows now and not with the first message."""
        await self._open(runtime)

    async def _open(self, runtime: Runtime) -> "MailTransport | None":
        selected = runtime.settings(MailSettings).MAIL_TYPE
        if self._transport is None and selected:
            self._transport = await self._backends[selected].open()
        return self._transport

    async def _make_mailer(self, runtime: Runtime) -> Any:
        from .mailer import SelectedMailer

        return SelectedMailer(await self._open(runtime), runtime.settings(MailSettings).MAIL_DEFAULT_SEND_FROM)

    def _make_renderer(self, runtime: Runtime) -> Any:
        from .templates.renderer import Renderer

        settings = runtime.settings(MailSettings)
        return Renderer(self._folders, settings.MAIL_TEMPLATING_MODE, settings.MAIL_TEMPLATING_TIMEOUT)


def _given[T](runtime: Runtime, hook: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    for plugin, one in runtime.contributions(hook):
        if not isinstance(one, kind):
            raise PluginError(f"plugin {plugin!r} gave {one!r} to the hook {hook!r}; it takes {kind.__name__}")
        yield plugin, one
