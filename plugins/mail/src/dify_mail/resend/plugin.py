"""The plugin `mail-resend`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import ResendSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.mail import MailBackend, MailTransport


class MailResendPlugin(Plugin):
    """Brings the mail back end `resend`; needs the service `Egress` when a message is sent."""

    settings = ResendSettings

    @hookimpl
    def mailers(self, runtime: Runtime) -> "list[MailBackend]":
        """The back end; what it needs is imported when it is selected."""
        from dify_runtime_sdk.mail import MailBackend

        async def open_resend() -> "MailTransport":
            from ..http_api import egress_of
            from .transport import ResendTransport

            return ResendTransport(runtime.settings(ResendSettings), egress_of(runtime))

        return [MailBackend("resend", open_resend)]
