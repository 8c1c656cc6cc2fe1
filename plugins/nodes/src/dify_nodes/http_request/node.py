"""The node `http-request`."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

from dify_runtime_sdk.egress import Egress, EgressDeniedError, EgressError, Limits, ResponseTooLargeError
from dify_runtime_sdk.workflow import Node, NodeContext, NodeError, NodeResult

from ..settings import NodesSettings
from .config import HttpRequestConfig
from .errors import BlockedRequestError, HttpRequestNodeError, HTTPResponseCodeError
from .request import Outgoing, RequestWriter
from .response import Incoming, SizeLimits, receive, too_large

if TYPE_CHECKING:
    import httpx

_ALWAYS_FAILED: Final = frozenset((429, 500, 502, 503, 504))
_REFUSED: Final = frozenset((401, 403))


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What the operator allows: seconds to connect, to read and to write, and bytes of answers."""

    connect: float
    read: float
    write: float
    sizes: SizeLimits

    @classmethod
    def of(cls, settings: NodesSettings) -> Self:
        """The limits that the settings say."""
        return cls(
            connect=settings.HTTP_REQUEST_MAX_CONNECT_TIMEOUT,
            read=settings.HTTP_REQUEST_MAX_READ_TIMEOUT,
            write=settings.HTTP_REQUEST_MAX_WRITE_TIMEOUT,
            sizes=SizeLimits(settings.HTTP_REQUEST_NODE_MAX_BINARY_SIZE, settings.HTTP_REQUEST_NODE_MAX_TEXT_SIZE),
        )

    def for_request(self, config: HttpRequestConfig) -> Limits:
        """The bounds of the node's requests: what it asks for, up to what is allowed. Nothing is repeated here."""
        asked = config.timeout
        return Limits(
            connect=_capped(asked.connect, self.connect),
            read=_capped(asked.read, self.read),
            write=_capped(asked.write, self.write),
            response_bytes=max(self.sizes.binary, self.sizes.text),
            retries=0,
        )


def _capped(asked: float | None, most: float) -> float:
    return min(asked, most) if asked is not None and asked > 0 else most


class HttpRequestNode(Node[HttpRequestConfig]):
    """Sends one HTTP request, through the guard against server-side forgery."""

    type = "http-request"
    retryable = True
    config_type = HttpRequestConfig

    def __init__(self, id: str, config: HttpRequestConfig, *, settings: NodesSettings) -> None:  # noqa: A002 - as in files
        super().__init__(id, config)
        limits = HttpLimits.of(settings)
        self._requests = RequestWriter(config)
        self._sizes = limits.sizes
        self._limits = limits.for_request(config)

    async def run(self, context: NodeContext) -> NodeResult:
        """Send the request and read the answer; raises `NodeError`."""
        outgoing = await self._requests.write(context)
        process_data = {"request": outgoing.log}
        try:
            incoming = await self._exchange(outgoing, context)
            if not incoming.is_success and self.config.wants_success:
                message = f"Request failed with status code {incoming.status}"
                raise HTTPResponseCodeError(message, outputs=incoming.outputs())
        except NodeError as error:
            error.process_data = process_data
            raise
        return NodeResult(outputs=incoming.outputs(), process_data=process_data)

    async def _exchange(self, outgoing: Outgoing, context: NodeContext) -> Incoming:
        egress = await context.services.get(Egress)
        client = egress.untrusted(limits=self._limits, verify=self.config.ssl_verify)
        try:
            request = client.build_request(
                outgoing.method,
                outgoing.url,
                headers=_raw(outgoing.headers),
                content=outgoing.content.data,
            )
            response = await client.send(request, stream=True, follow_redirects=True)
            async with aclosing(response):
                _check_status(response, outgoing.url)
                return await receive(response, self._sizes, context)
        except EgressDeniedError as error:
            raise BlockedRequestError(f"Blocked by SSRF protection: {error.message}", hint=error.hint) from error
        except ResponseTooLargeError as error:
            raise too_large(self._sizes.binary, is_file=True) from error
        except EgressError as error:
            raise HttpRequestNodeError(error.message, hint=error.hint) from error


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers as bytes: values may hold any character, and go out as UTF-8."""
    return [(name.encode("ascii"), value.encode(errors="replace")) for name, value in headers.items()]


def _check_status(response: "httpx.Response", url: str) -> None:
    """Raise for the answers of a forward proxy that refuses, and for those that say to try again."""
    if response.status_code in _REFUSED and _is_from_squid(response.headers):
        raise BlockedRequestError(f"Blocked by SSRF protection: {_plain(url)}", hint="see the access list of the proxy")
    if response.status_code in _ALWAYS_FAILED:
        message = f"Reached maximum retries (0) for URL {_plain(url)}"
        raise HttpRequestNodeError(message, hint=f"the server answers {response.status_code}")


def _is_from_squid(headers: Mapping[str, Any]) -> bool:
    return any("squid" in headers.get(name, "").lower() for name in ("server", "via"))


def _plain(url: str) -> str:
    """The URL without what may be secret in it: user, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
