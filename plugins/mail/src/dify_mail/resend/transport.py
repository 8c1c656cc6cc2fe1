"""Hands messages to the API of Resend."""

import uuid
from typing import Any, Final

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.mail import Message

from ..addresses import Mailbox
from ..http_api import FindEgress, MailApi
from .settings import ResendSettings

_URL: Final = "https://api.resend.com"


class ResendTransport:
    """Satisfies `MailTransport`."""

    def __init__(self, settings: ResendSettings, egress: FindEgress) -> None:
        """Check the settings; raises `SettingsError` naming what is missing."""
        key = settings.RESEND_API_KEY
        if key is None or not key.get_secret_value():
            raise SettingsError("MAIL_TYPE is resend, and RESEND_API_KEY is not set", hint="set it")
        url = f"{(settings.RESEND_API_URL or _URL).rstrip('/')}/emails"
        self._api = MailApi("Resend", url, key, "RESEND_API_KEY", lambda answer: answer["message"])
        self._egress = egress

    async def deliver(self, message: Message) -> None:
        """Hand over one message, once even if the request is repeated; raises `MailError`."""
        key = message.key or uuid.uuid4().hex
        await self._api.post(self._egress, _body(message), {"Idempotency-Key": key})


def _body(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {
        "from": Mailbox.parse(message.sender or "").full,
        "to": [Mailbox.parse(one).full for one in message.to],
        "subject": message.subject,
    }
    if message.reply_to:
        body["reply_to"] = Mailbox.parse(message.reply_to).full
    return body | {name: part for name, part in (("text", message.text), ("html", message.html)) if part}
