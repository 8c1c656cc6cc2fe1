"""The plugin `mail-smtp`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import SmtpSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.mail import MailBackend, MailTransport


class MailSmtpPlugin(Plugin):
    """Brings the mail back end `smtp`."""

    settings = SmtpSettings

    @hookimpl
    def mailers(self, runtime: Runtime) -> "list[MailBackend]":
        """The back end; its client is imported when it is selected."""
        from dify_runtime_sdk.mail import MailBackend

        async def open_smtp() -> "MailTransport":
            from .transport import SmtpTransport

            return SmtpTransport(runtime.settings(SmtpSettings))

        return [MailBackend("smtp", open_smtp)]
