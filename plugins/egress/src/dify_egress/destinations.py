"""Where guarded requests may go: the operator's lists, and the registry of networks that are not public."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, Self

import httpx
import ssrfguard

from .failures import denied
from .hosts import Address, HostList, Ports, encodes_an_address, literal, unmapped
from .settings import EgressSettings

_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Destinations:
    """The operator's say on the destinations of guarded requests. The deny list wins over the allow list."""

    allow: HostList
    deny: HostList
    ports: Ports

    @classmethod
    def of(cls, settings: EgressSettings) -> Self:
        """Read the lists."""
        lists = HostList.parse(settings.EGRESS_ALLOW), HostList.parse(settings.EGRESS_DENY)
        return cls(*lists, Ports.parse(settings.EGRESS_ALLOWED_PORTS))

    def check(self, url: httpx.URL, *, direct: bool) -> None:
        """Refuse what the URL alone gives away; `direct` means that no proxy decides on ports. No look-up.

        Raises `RequestDenied`.
        """
        if url.scheme not in _DEFAULT_PORTS:
            raise denied(url, "only http and https are allowed")
        if url.userinfo:
            raise denied(url, "a user in the address hides where it leads; use the header Authorization")
        host = host_of(url)
        if not host or encodes_an_address(host):
            raise denied(url, "the host is not a name and not an address in its usual form")
        address = literal(host)
        if self.deny.names_host(host) or (address is not None and self._denies(address)):
            raise denied(url, "it is on the list of the denied")
        if direct:
            self._check_direct(url, host, address)

    def _check_direct(self, url: httpx.URL, host: str, address: Address | None) -> None:
        port = url.port or _DEFAULT_PORTS[url.scheme]
        if port not in self.ports:
            raise denied(url, f"port {port} is not among the allowed")
        if address is not None:
            try:
                self.verdicts(host).check_address(address)
            except ssrfguard.BlockedAddressError as refusal:
                raise denied(url, refusal.reason) from None

    def verdicts(self, host: str) -> "Verdicts":
        """What to ask about the addresses of `host`."""
        return Verdicts(allow=self.allow, deny=self.deny, named=self.allow.names_host(host))

    def _denies(self, address: Address) -> bool:
        return any(self.deny.holds(face) for face in faces(address))


@dataclass(frozen=True, kw_only=True)
class Verdicts(ssrfguard.Policy):
    """The policy of `ssrfguard` for the addresses of one host, with the operator's lists around its registry.

    The library asks it about every address that the one look-up gave, and refuses the host if one of them fails: names
    that lead to a public and to a private address are how a look-up is turned against us.
    """

    allow: HostList
    deny: HostList
    named: bool
    """Whether the host itself is allowed: then it may lead anywhere but to denied networks."""

    def check_address(self, address: str | IPv4Address | IPv6Address) -> None:
        """Return if the address may be connected to; raises `ssrfguard.BlockedAddressError`."""
        parsed = ip_address(address) if isinstance(address, str) else address
        for face in faces(unmapped(parsed)):
            if self.deny.holds(face):
                raise ssrfguard.BlockedAddressError(str(address), "it is on the list of the denied")
            if not self.named and not self.allow.holds(face):
                super().check_address(face)


def host_of(url: httpx.URL) -> str:
    """The host as DNS has it: in lower case, encoded, without a final dot."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def faces(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses inside it to which a gateway would translate it."""
    yield address
    if isinstance(address, IPv4Address):
        return
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
