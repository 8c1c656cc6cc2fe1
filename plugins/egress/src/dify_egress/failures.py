"""What requests raise: the SDK's errors and httpx's at once, so that either vocabulary can be caught.

A message names the origin alone: paths, queries, user parts, headers and bodies can hold credentials.
"""

import ssl
from typing import Final

import httpcore
import httpx

from dify_runtime_sdk.egress import EgressDeniedError, EgressError, ResponseTooLargeError


class RequestDenied(EgressDeniedError, httpx.RequestError):
    """The policy, or the forward proxy, refuses the destination."""


class RequestFailed(EgressError, httpx.TransportError):
    """The exchange failed in a way that another attempt would not mend."""


class ConnectionFailed(EgressError, httpx.ConnectError):
    """There is no connection to the server, or none by way of the proxy."""


class CertificateRefused(EgressError, httpx.ConnectError):
    """The server's certificate is not valid for the name, or nobody we trust vouches for it."""


class ConnectTimedOut(EgressError, httpx.ConnectTimeout):
    """There is no connection within the time limit."""


class ConnectionBroke(EgressError, httpx.ReadError):
    """The connection ended before the exchange did."""


class RequestTimedOut(EgressError, httpx.ReadTimeout):
    """The server was silent for too long, or the whole request took too long."""


class BodyTooLarge(ResponseTooLargeError, httpx.RequestError):
    """The body is over the limit."""


class BodyUndecodable(EgressError, httpx.DecodingError):
    """The body is not what its `Content-Encoding` says."""


class RedirectedTooOften(EgressError, httpx.TooManyRedirects):
    """The redirects do not end."""


class StatusRefused(EgressError, httpx.HTTPStatusError):
    """An answer other than 2xx, for those who asked to have that raised."""

    def __init__(self, response: httpx.Response) -> None:
        # not by way of the next class in line, whose constructor would ask for what it cannot be given
        httpx.HTTPStatusError.__init__(self, "", request=response.request, response=response)
        self.message = f"{origin_of(response.request.url)} answers {response.status_code}"
        self.hint = None
        self.args = (self.message,)


REPEATED: Final = (ConnectionFailed, ConnectTimedOut, ConnectionBroke)
"""After these another attempt may succeed."""

_REFUSALS: Final = ("401", "403")
_CHECK: Final = "check the address, and that the server runs"


def origin_of(url: httpx.URL) -> str:
    """Scheme, host and port of a URL, fit for messages and logs."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}" if url.port is None else f"{url.scheme}://{host}:{url.port}"


def denied(url: httpx.URL, reason: str) -> RequestDenied:
    """The refusal of a destination by our own policy."""
    hint = "EGRESS_ALLOW, EGRESS_DENY and EGRESS_ALLOWED_PORTS are the operator's say"
    return RequestDenied(f"{origin_of(url)} is refused: {reason}", hint=hint)


def timed_out(url: httpx.URL, seconds: float | None = None) -> RequestTimedOut:
    """The server is silent, or, with `seconds`, the whole took longer than that."""
    late = "gives no answer in time" if seconds is None else f"is not done after {seconds:g} s"
    return RequestTimedOut(f"{origin_of(url)} {late}", hint="check the load of the server, or raise the time limit")


def translated(error: Exception, url: httpx.URL) -> EgressError:
    """Our error for what httpcore raised."""
    origin = origin_of(url)
    match error:
        case httpcore.ConnectTimeout():
            return ConnectTimedOut(f"{origin} cannot be reached in time", hint=_CHECK)
        case httpcore.PoolTimeout():
            message = f"{origin}: all connections were in use for too long"
            return RequestTimedOut(message, hint="raise SSRF_POOL_MAX_CONNECTIONS or EGRESS_TRUSTED_MAX_CONNECTIONS")
        case httpcore.TimeoutException():
            return timed_out(url)
        case httpcore.ProxyError():
            return _of_proxy(str(error), origin)
        case httpcore.ConnectError():
            return _of_connect(error, origin)
        case httpcore.NetworkError() | httpcore.RemoteProtocolError():
            return ConnectionBroke(f"{origin} breaks off: {type(error).__name__}", hint="check the server")
    # the text of what is left can quote a header
    return RequestFailed(f"{origin}: the request cannot be sent: {type(error).__name__}", hint="check its headers")


def _of_connect(error: httpcore.ConnectError, origin: str) -> EgressError:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        message = f"{origin}: the certificate is refused: {cause.verify_message}"
        return CertificateRefused(message, hint="EGRESS_CA_BUNDLE adds an authority")
    return ConnectionFailed(f"{origin} cannot be reached: {error}", hint=_CHECK)


def _of_proxy(answer: str, origin: str) -> EgressError:
    """What the answer of a proxy to CONNECT means; `answer` is its status line."""
    if answer.startswith(_REFUSALS):
        return RequestDenied(f"{origin} is refused by the forward proxy", hint="see the access list of the proxy")
    if answer.startswith("407"):
        hint = "set user and password in SSRF_PROXY_ALL_URL, or in SSRF_PROXY_HTTP_URL and SSRF_PROXY_HTTPS_URL"
        return RequestFailed(f"{origin}: the forward proxy asks for other credentials", hint=hint)
    return ConnectionFailed(f"{origin} cannot be reached: the forward proxy answers {answer[:3]}", hint=_CHECK)
