"""What operators write in comma lists: hosts, domains and networks; ports and ranges of ports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_ADDRESS: Final = re.compile(r"[0-9.]+|[0-9a-f.]*:[0-9a-f:.]*")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LAST_PORT: Final = 65535


def entries(text: str) -> Iterator[str]:
    """The entries of a comma list, trimmed; empty ones are left out."""
    return (entry for part in text.split(",") if (entry := part.strip()))


@dataclass(frozen=True, slots=True)
class HostList:
    """Hosts by name, domains with everything below them, and networks."""

    names: frozenset[str]
    domains: tuple[str, ...]
    """Each with its leading dot, so that a match ends at a label."""
    networks: tuple[Network, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a comma list of `host`, `*.domain`, address and network (CIDR); raises `ValueError` naming the entry."""
        names, domains, networks = set[str](), list[str](), list[Network]()
        for entry in entries(text.lower()):
            bare = entry.removeprefix("*.")
            if _ADDRESS.fullmatch(entry.partition("/")[0]):
                networks.append(_network(entry))
            elif bare == entry:
                names.add(_name(entry, entry))
            else:
                domains.append(f".{_name(bare, entry)}")
        return cls(frozenset(names), tuple(domains), tuple(networks))

    def names_host(self, host: str) -> bool:
        """Whether `host`, in lower case and encoded as DNS has it, is listed by name or lies below a listed domain."""
        return host in self.names or host.endswith(self.domains)

    def holds(self, address: Address) -> bool:
        """Whether `address` lies in a listed network."""
        return any(address in network for network in self.networks)


def _network(entry: str) -> Network:
    try:
        return ip_network(entry)
    except ValueError as error:
        raise ValueError(f"{entry!r} is no network: {error}") from None


def _name(name: str, entry: str) -> str:
    """The name as DNS has it."""
    if not name.isascii():
        import idna  # rare, and a large table

        try:
            name = idna.encode(name).decode()
        except idna.IDNAError as error:
            raise ValueError(f"{entry!r} is no host: {error}") from None
    if not _NAME.fullmatch(name):
        raise ValueError(f"{entry!r} is neither a host, nor *.domain, nor an address, nor a network such as 10.0.0.0/8")
    return name


@dataclass(frozen=True, slots=True)
class Ports:
    """A set of ports, as ranges."""

    ranges: tuple[range, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a comma list of `port` and `first-last`; raises `ValueError` naming the entry, or that there is none."""
        ranges = tuple(_range(entry) for entry in entries(text))
        if not ranges:
            raise ValueError("no port at all is allowed; write ports and ranges, as in 80,443,8000-8999")
        return cls(ranges)

    def __contains__(self, port: int) -> bool:
        return any(port in one for one in self.ranges)


def _range(entry: str) -> range:
    first, dash, last = entry.partition("-")
    if first.isdecimal() and (last.isdecimal() if dash else True):
        low, high = int(first), int(last or first)
        if 1 <= low <= high <= _LAST_PORT:
            return range(low, high + 1)
    raise ValueError(f"{entry!r} is neither a port from 1 to {_LAST_PORT} nor a range such as 8000-8999")


def literal(host: str) -> Address | None:
    """The address, if `host` is one rather than a name; an IPv4 address inside a mapped IPv6 one is meant itself."""
    try:
        return unmapped(ip_address(host))
    except ValueError:
        return None


def unmapped(address: Address) -> Address:
    """The IPv4 address that a mapped IPv6 address (`::ffff:10.0.0.1`) leads to; any other address as it is."""
    return getattr(address, "ipv4_mapped", None) or address


def encodes_an_address(host: str) -> bool:
    """Whether `host` is a number in disguise (`2130706433`, `0x7f.1`, `0177.0.0.1`) that resolvers take for an address.

    Whatever ends in a number is an address to them; no registered name does.
    """
    return literal(host) is None and _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
