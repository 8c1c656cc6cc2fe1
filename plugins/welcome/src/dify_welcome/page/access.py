"""Who may open the pages.

No page ever holds an API key: the server runs the app itself, for requests that are admitted. A request is admitted

- if it has the session that the address with the token gave its browser, or
- with `local`, if it comes from this machine: its peer is a loopback address, it names the server by a loopback name (a
  page that rebinds its own name to 127.0.0.1 names another), and no proxy says that it passed it on.

What changes anything also has to come from a page of this server, where the client is a browser.
"""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from quart import Request

_FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""What proxies add. Who is behind one is somebody else than the peer."""


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Access:
    """The policy of one process: token and session are new with every start."""

    local: bool
    token: str = field(default_factory=_secret, repr=False)
    session: str = field(default_factory=_secret, repr=False)

    @property
    def query(self) -> str:
        """What opens the pages, behind their address."""
        return f"?token={self.token}"

    def accepts(self, token: str) -> bool:
        """Whether this is the token that was printed."""
        return _same(token, self.token)

    def admits(self, request: "Request") -> bool:
        """Whether the request may see the pages."""
        session = request.cookies.get(cookie_name(request), "")
        if _same(session, self.session):
            return True
        return self.local and is_from_here(request)

    def admits_change(self, request: "Request") -> bool:
        """Whether the request may run or stop an app."""
        return self.admits(request) and is_from_own_page(request)


def cookie_name(request: "Request") -> str:
    """The cookie of the session; browsers share cookies between the ports of a host, servers do not share sessions."""
    _, port = _split(f"//{request.host}")
    return f"dify-runtime-{port or 'session'}"


def is_from_here(request: "Request") -> bool:
    """Whether the request comes from a program on this machine, and not through a proxy."""
    client = request.scope.get("client")
    if client is None or not is_loopback(client[0]):
        return False
    name, _ = _split(f"//{request.host}")
    return is_loopback(name) and not any(header in request.headers for header in _FORWARDED)


def is_from_own_page(request: "Request") -> bool:
    """Whether a browser, if it is one that asks, does so for a page of this server."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return origin is None or _split(origin) == _split(f"//{request.host}")


def is_loopback(name: str) -> bool:
    """Whether a host's name or address is that of the machine itself."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())


def _split(url: str) -> tuple[str, int | None]:
    """Host and port of a URL; no host where there is no sense in it."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port
    except ValueError:
        return "", None
