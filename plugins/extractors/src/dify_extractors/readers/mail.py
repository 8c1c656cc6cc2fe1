"""Mails (eml)."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Final

from .encoding import decode
from .markup import text_of

_HEADERS: Final = ("Subject", "From", "To", "Cc", "Date")


def read_eml(content: bytes, _extension: str) -> str:
    """Subject, people and date, then the text; of a mail with several forms the plain one."""
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise ValueError("it has no headers, as mails have")
    headers = "\n".join(f"{name}: {message[name]}" for name in _HEADERS if message[name])
    return "\n\n".join(part for part in (headers, *_texts(message)) if part)


def _texts(message: EmailMessage) -> Iterator[str]:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is not None and body.get_content_maintype() == "text":
        yield _text(body).strip()
    for part in message.iter_attachments():
        if part.get_content_type() == "message/rfc822":
            yield from (_forwarded(one) for one in part.iter_parts())


def _forwarded(message: MIMEPart) -> str:
    return read_eml(message.as_bytes(), "")


def _text(part: MIMEPart) -> str:
    """The text in the character set that the part names, if it is that."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeError):
        text = decode(content)
    return text_of(text) if part.get_content_subtype() == "html" else text
