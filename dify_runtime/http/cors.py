"""CORS: the headers that let pages of other origins call a group, and the answer to their preflights."""

from typing import Final

from dify_runtime_sdk.http import CorsPolicy, Scope, Send

type Headers = list[tuple[bytes, bytes]]

_ALLOW_ORIGIN: Final = b"access-control-allow-origin"
_REQUEST_METHOD: Final = b"access-control-request-method"
_REQUEST_HEADERS: Final = b"access-control-request-headers"
_VARY: Final = (b"vary", b"Origin")


class Cors:
    """One group's policy, prepared for the hot path."""

    def __init__(self, policy: CorsPolicy) -> None:
        self._any = "*" in policy.origins
        self._origins = frozenset(origin.lower().encode() for origin in policy.origins)
        self._methods = frozenset(method.upper() for method in policy.methods)
        self._headers = frozenset(header.lower() for header in policy.headers)
        self._allow_methods = (b"access-control-allow-methods", ", ".join(sorted(self._methods)).encode())
        self._always: Headers = []
        if policy.expose:
            self._always.append((b"access-control-expose-headers", ", ".join(sorted(policy.expose)).encode()))
        if policy.credentials:
            self._always.append((b"access-control-allow-credentials", b"true"))

    def decorate(self, scope: Scope, answered: Headers) -> Headers:
        """The answer's headers with those of CORS.

        `Vary: Origin` is added even when the origin is missing or refused: a cache must not hand that answer to a page
        of an origin that is allowed. An answer that names an allowed origin of its own is left alone.
        """
        origin = _header(scope, b"origin")
        if not origin or not (self._any or origin.lower() in self._origins):
            return [*answered, _VARY]
        if any(name.lower() == _ALLOW_ORIGIN for name, _ in answered):
            return answered
        preflight = self._preflight(scope) if scope["method"] == "OPTIONS" else []
        return [*answered, (_ALLOW_ORIGIN, origin), *self._always, *preflight, _VARY]

    def _preflight(self, scope: Scope) -> Headers:
        method = _header(scope, _REQUEST_METHOD).decode("latin-1").upper()
        if method not in self._methods:
            return []
        asked = _header(scope, _REQUEST_HEADERS).decode("latin-1")
        allowed = sorted(name for name in map(str.strip, asked.split(",")) if name.lower() in self._headers)
        if not allowed:
            return [self._allow_methods]
        return [(b"access-control-allow-headers", ", ".join(allowed).encode("latin-1")), self._allow_methods]


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks before a request of another origin; plain OPTIONS requests are none."""
    return scope["method"] == "OPTIONS" and bool(_header(scope, b"origin")) and bool(_header(scope, _REQUEST_METHOD))


async def answer_preflight(send: Send) -> None:
    """Say 200 with nothing in it; the headers of CORS are added on the way out."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _header(scope: Scope, wanted: bytes) -> bytes:
    """The first value of a request header; the names come in lower case."""
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return b""
