"""Egress: the one way out. Every outbound HTTP request of every plugin goes through the service `Egress`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .errors import DifyRuntimeError

if TYPE_CHECKING:
    import httpx


class EgressError(DifyRuntimeError):
    """An outbound request failed; names the origin, never a credential, a query or a body."""

    code = "egress_failed"


class EgressDeniedError(EgressError):
    """The policy refuses the destination, before anything was sent to it."""

    code = "egress_denied"


class ResponseTooLargeError(EgressError):
    """The response is over the limit; reading it was broken off."""

    code = "response_too_large"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request. Times are seconds, `response_bytes` counts the decoded body; None = the policy's own.

    `retries` counts further attempts after the first, of requests whose method is safe to repeat (GET, HEAD, OPTIONS,
    PUT, DELETE, or any with an `Idempotency-Key`), on connection failures and on 429, 502, 503 and 504.
    """

    connect: float | None = None
    read: float | None = None
    write: float | None = None
    response_bytes: int | None = None
    retries: int | None = None


class Egress(Protocol):
    """Hands out HTTP clients; they share connections and one TLS context per process, and are never closed by callers.

    A client follows no redirect unless a request asks for it, and then every hop is checked like the first.
    """

    def trusted(self, *, limits: Limits | None = None, verify: bool = True) -> "httpx.AsyncClient":
        """A client for origins that the operator configured: model servers, sandboxes, mail; private addresses too."""
        ...

    def untrusted(self, *, limits: Limits | None = None, verify: bool | None = None) -> "httpx.AsyncClient":
        """A client for whatever a tenant, a graph or a package names.

        It reaches public addresses on the allowed ports only, connecting to the very address that was checked, or
        leaves both to the forward proxy of `SSRF_PROXY_*`. Requests raise `EgressDeniedError` for anything else.
        `verify` None takes the operator's setting.
        """
        ...

    def headers(self) -> Mapping[str, str]:
        """What to add to an outbound request so that the peer can follow the trace; empty outside a trace."""
        ...
