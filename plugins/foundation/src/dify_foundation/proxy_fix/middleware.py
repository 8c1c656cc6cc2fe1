"""The scope of a request as the nearest proxy saw it."""

from dify_runtime_sdk.http import ASGIApp, Receive, Scope, Send

from . import forwarded


class ProxyFixMiddleware:
    """Believes exactly one hop of `X-Forwarded-For`, `-Proto` and `-Port`; never `-Host` or `-Prefix`.

    The client's port is not known then and is given as 0. Values that make no sense are ignored, each on its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "lifespan":
            scope = _fixed(scope)
        await self._app(scope, receive, send)


def _fixed(scope: Scope) -> Scope:
    """A copy of `scope` with what the proxy says."""
    headers = scope["headers"]
    fixed = dict(scope)
    client = forwarded.client_address(forwarded.nearest(headers, b"x-forwarded-for"))
    if client is not None:
        fixed["client"] = (client, 0)
    scheme = forwarded.scheme(forwarded.nearest(headers, b"x-forwarded-proto"))
    if scheme is not None:
        fixed["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
    port = forwarded.port(forwarded.nearest(headers, b"x-forwarded-port"))
    if port is not None:
        _set_port(fixed, port)
    return fixed


def _set_port(scope: Scope, port: int) -> None:
    """Put the proxy's port into the Host header and the server's address."""
    secure = scope.get("scheme") in ("https", "wss")
    headers = list(scope["headers"])
    for index, (name, value) in enumerate(headers):
        if name == b"host":
            host = forwarded.with_port(value.decode("latin-1"), port, secure)
            headers[index] = (name, host.encode("latin-1"))
    scope["headers"] = headers
    server = scope.get("server")
    scope["server"] = (server[0] if server else "", port)
