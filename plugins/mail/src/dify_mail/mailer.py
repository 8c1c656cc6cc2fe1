"""The service `Mailer`: checks messages and hands them to the selected back end."""

import re
from dataclasses import replace
from typing import Final

from dify_runtime_sdk.mail import InvalidMailError, MailNotConfigured, MailTransport, Message

from .addresses import Mailbox, refuse_controls

_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")


class SelectedMailer:
    """Satisfies `Mailer`."""

    def __init__(self, transport: MailTransport | None, sender: str | None) -> None:
        """`transport` is None without a back end, `sender` is that of messages that name none."""
        self._transport = transport
        self._sender = sender

    @property
    def configured(self) -> bool:
        """Whether a back end is selected."""
        return self._transport is not None

    async def send(self, message: Message) -> None:
        """Check the message and hand it over; raises `MailError`."""
        if self._transport is None:
            raise not_configured()
        await self._transport.deliver(checked(message, self._sender))


def not_configured() -> MailNotConfigured:
    """The error of whoever sends without a back end."""
    hint = "set MAIL_TYPE to smtp, resend or sendgrid, with the settings that it needs"
    return MailNotConfigured("mail cannot be sent: no back end is selected", hint=hint)


def checked(message: Message, default_sender: str | None) -> Message:
    """The message with its sender; raises `InvalidMailError` if it makes no sense."""
    sender = message.sender or default_sender
    if not sender:
        raise InvalidMailError("the message has no sender", hint="set MAIL_DEFAULT_SEND_FROM")
    if isinstance(message.to, str) or not message.to:
        raise InvalidMailError("the message has no list of recipients", hint="write to=[address]")
    for address in (*message.to, sender, *((message.reply_to,) if message.reply_to else ())):
        Mailbox.parse(address)
    refuse_controls(message.subject, "the subject")
    if not message.text and not message.html:
        raise InvalidMailError("the message has neither text nor HTML", hint="give it one of them")
    if message.key is not None and not _KEY.fullmatch(message.key):
        raise InvalidMailError("the key of the message is none", hint="at most 200 letters, digits and ._-")
    return replace(message, sender=sender)
