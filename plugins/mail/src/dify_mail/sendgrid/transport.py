"""Hands messages to the API of SendGrid."""

from typing import Any, Final

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.mail import Message

from ..addresses import Mailbox
from ..http_api import FindEgress, MailApi
from .settings import SendgridSettings

_URL: Final = "https://api.sendgrid.com"


class SendgridTransport:
    """Satisfies `MailTransport`. SendGrid cannot tell a repeated request: each one that it accepts is a message."""

    def __init__(self, settings: SendgridSettings, egress: FindEgress) -> None:
        """Check the settings; raises `SettingsError` naming what is missing."""
        key = settings.SENDGRID_API_KEY
        if key is None or not key.get_secret_value():
            raise SettingsError("MAIL_TYPE is sendgrid, and SENDGRID_API_KEY is not set", hint="set it")
        url = f"{(settings.SENDGRID_API_URL or _URL).rstrip('/')}/v3/mail/send"
        self._api = MailApi("SendGrid", url, key, "SENDGRID_API_KEY", _reason)
        self._egress = egress

    async def deliver(self, message: Message) -> None:
        """Hand over one message; raises `MailError`."""
        await self._api.post(self._egress, _body(message))


def _body(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {
        "personalizations": [{"to": [_mailbox(Mailbox.parse(one)) for one in message.to]}],
        "from": _mailbox(Mailbox.parse(message.sender or "")),
        "subject": message.subject,
        # plain text comes first: the API insists
        "content": [
            {"type": kind, "value": part}
            for kind, part in (("text/plain", message.text), ("text/html", message.html))
            if part
        ],
    }
    if message.reply_to:
        body["reply_to"] = _mailbox(Mailbox.parse(message.reply_to))
    return body


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"email": mailbox.address, **({"name": mailbox.name} if mailbox.name else {})}


def _reason(answer: Any) -> str:
    return "; ".join(str(error["message"]) for error in answer["errors"])
