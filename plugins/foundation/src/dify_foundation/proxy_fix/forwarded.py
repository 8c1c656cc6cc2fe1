"""Reading of `X-Forwarded-*`: the value of the nearest proxy, or nothing when it makes no sense."""

import ipaddress
from collections.abc import Iterable
from typing import Final

_SCHEMES: Final = frozenset(("http", "https"))
_MAX_PORT: Final = 65535


def nearest(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """What the proxy next to us wrote under `name`: the last of all values; those before it came from outside."""
    values = [value for key, value in headers if key == name]
    if not values:
        return None
    return values[-1].rpartition(b",")[2].strip().decode("latin-1") or None


def client_address(value: str | None) -> str | None:
    """The IP address in `value`, which may have a port; None for anything else (`unknown`, names, nonsense)."""
    if value is None:
        return None
    host = value
    if value.startswith("["):
        host = value[1:].partition("]")[0]
    elif value.count(":") == 1:
        host = value.partition(":")[0]
    if "%" in host:  # a zone means something on its own machine only, and can be any text
        return None
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def scheme(value: str | None) -> str | None:
    """`http` or `https`; None for anything else."""
    lowered = value.lower() if value else None
    return lowered if lowered in _SCHEMES else None


def port(value: str | None) -> int | None:
    """A TCP port; None for anything else."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > len(str(_MAX_PORT)):
        return None
    number = int(value)
    return number if 0 < number <= _MAX_PORT else None


def with_port(host: str, number: int, secure: bool) -> str:
    """`host`, a Host header's value, with its port replaced; the scheme's own port is left out."""
    name = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
    return name if number == (443 if secure else 80) else f"{name}:{number}"
