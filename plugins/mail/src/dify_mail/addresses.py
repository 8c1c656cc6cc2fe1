"""Mail addresses, read strictly: what is not plainly an address is refused."""

import re
from dataclasses import dataclass
from typing import Final, Self

import idna

from dify_runtime_sdk.mail import InvalidMailError

_NAMED: Final = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^"<>]*?))\s*<(?P<address>[^<>]*)>')
_LOCAL: Final = re.compile(r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,\".]+(?:\.[^\s\x00-\x20\x7f()<>\[\]:;@\\,\".]+)*")
_DOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_LONGEST: Final = 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person's name, which may be empty, and address."""

    name: str
    local: str
    domain: str
    """As DNS has it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `user@host` or `Name <user@host>`; raises `InvalidMailError`."""
        refuse_controls(text, "an address")
        named = _NAMED.fullmatch(text.strip())
        quoted, plain, address = named.group("quoted", "plain", "address") if named else (None, "", text.strip())
        local, at, domain = address.rpartition("@")
        ascii_domain = _in_dns(domain)
        if not at or ascii_domain is None or not _LOCAL.fullmatch(local) or len(address.encode()) > _LONGEST:
            raise InvalidMailError(f"{text!r} is no mail address", hint="write user@host or Name <user@host>")
        name = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        return cls(name.strip(), local, ascii_domain)

    @property
    def address(self) -> str:
        """`user@host`."""
        return f"{self.local}@{self.domain}"

    @property
    def full(self) -> str:
        """`"Name" <user@host>`, in Unicode, for those who take a header's value as JSON."""
        escaped = re.sub(r'(["\\])', r"\\\1", self.name)
        return f'"{escaped}" <{self.address}>' if self.name else self.address


def _in_dns(domain: str) -> str | None:
    """The domain in the letters of DNS, None if it is none."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return None
    return domain if _DOMAIN.fullmatch(domain) else None


def refuse_controls(text: str, what: str) -> None:
    """Refuse line breaks and other control characters in a header: they would begin another one."""
    if any(ord(one) < ord(" ") or one in "\x7f\x85\u2028\u2029" for one in text):
        raise InvalidMailError(f"{what} has a line break or another control character", hint="remove it")
