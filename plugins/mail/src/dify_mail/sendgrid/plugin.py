"""The plugin `mail-sendgrid`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import SendgridSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.mail import MailBackend, MailTransport


class MailSendgridPlugin(Plugin):
    """Brings the mail back end `sendgrid`; needs the service `Egress` when a message is sent."""

    settings = SendgridSettings

    @hookimpl
    def mailers(self, runtime: Runtime) -> "list[MailBackend]":
        """The back end; what it needs is imported when it is selected."""
        from dify_runtime_sdk.mail import MailBackend

        async def open_sendgrid() -> "MailTransport":
            from ..http_api import egress_of
            from .transport import SendgridTransport

            return SendgridTransport(runtime.settings(SendgridSettings), egress_of(runtime))

        return [MailBackend("sendgrid", open_sendgrid)]
