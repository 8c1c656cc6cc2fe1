"""A message in the form of RFC 5322."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from dify_runtime_sdk.mail import Message

from ..addresses import Mailbox


def compose(message: Message) -> EmailMessage:
    """The message with all its headers; bodies are encoded so that every server takes them."""
    sender = Mailbox.parse(message.sender or "")
    composed = EmailMessage(policy=SMTP)
    composed["From"] = _header(sender)
    composed["To"] = [_header(Mailbox.parse(one)) for one in message.to]
    composed["Subject"] = message.subject
    composed["Date"] = formatdate()
    composed["Message-ID"] = f"<{message.key}@{sender.domain}>" if message.key else make_msgid(domain=sender.domain)
    if message.reply_to:
        composed["Reply-To"] = _header(Mailbox.parse(message.reply_to))
    composed["Auto-Submitted"] = "auto-generated"  # keeps answering machines from answering
    if message.text:
        composed.set_content(message.text, cte=_encoding(message.text))
    if message.html and message.text:
        composed.add_alternative(message.html, subtype="html", cte=_encoding(message.html))
    elif message.html:
        composed.set_content(message.html, subtype="html", cte=_encoding(message.html))
    return composed


def _header(mailbox: Mailbox) -> Address:
    return Address(mailbox.name, mailbox.local, mailbox.domain)


def _encoding(body: str) -> str:
    return "quoted-printable" if body.isascii() else "base64"
