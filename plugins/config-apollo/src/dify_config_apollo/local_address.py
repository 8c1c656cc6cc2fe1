"""The address of this machine, by which Apollo picks grey releases."""

import socket

_FAR_AWAY = ("8.8.8.8", 53)


def local_address(peer: tuple[str, int] = _FAR_AWAY) -> str | None:
    """The IPv4 address that packets to `peer` would leave from, or None without a route.

    Connecting a UDP socket looks up the route and sends nothing, so this does not block.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(peer)
        except OSError:
            return None
        return str(probe.getsockname()[0])
