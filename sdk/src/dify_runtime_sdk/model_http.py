"""HTTP for model providers: the right egress policy, typed errors, and streams of events. Needs the extra `http`."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from .egress import Egress, EgressDeniedError, EgressError, Limits
from .model_providers import ModelAccess, vendor_error
from .models import (
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
)
from .sse import ServerSentEvent, SseError, SseParser

if TYPE_CHECKING:
    import httpx

_LARGEST_ERROR: Final = 64 * 1024
"""Bytes of an error's body that are read; the message is in the first of them."""
_READ_OUT: Final = 0.1
"""Seconds that a server has to end an answer after its last event."""
_BY_STATUS: Final[Mapping[int, type[ModelError]]] = {
    401: ModelCredentialsError,
    402: ModelRateLimitError,
    403: ModelCredentialsError,
    404: ModelNotFoundError,
    408: ModelUnavailableError,
    409: ModelUnavailableError,
    429: ModelRateLimitError,
}
_SERVER_ERROR: Final = 500


class ModelHttp:
    """Sends a provider's requests; one per provider, for all tenants."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._clients: dict[tuple[bool, Limits], httpx.AsyncClient] = {}

    def client(self, access: ModelAccess) -> "httpx.AsyncClient":
        """The client for where these credentials lead; not to be closed."""
        key = (access.trusted, access.limits)
        client = self._clients.get(key)
        if client is None:
            make = self._egress.trusted if access.trusted else self._egress.untrusted
            client = self._clients[key] = make(limits=access.limits)
        return client

    @asynccontextmanager
    async def open(self, access: ModelAccess, method: str, url: str, **options: Any) -> "AsyncIterator[httpx.Response]":
        """An answer of 2xx whose body is yet to be read, inside the block; raises `ModelError`, in the block too.

        `options` are those of `httpx.AsyncClient.stream`.
        """
        try:
            async with self.client(access).stream(method, url, **options) as response:
                if not response.is_success:
                    raise await _refusal(access, response)
                yield response
        except EgressDeniedError as error:
            raise vendor_error(ModelCredentialsError, access, error.message, hint=error.hint) from error
        except EgressError as error:
            raise vendor_error(ModelUnavailableError, access, error.message, hint=error.hint) from error

    async def json(self, access: ModelAccess, method: str, url: str, **options: Any) -> Any:
        """The JSON of an answer; raises `ModelError`, also for what is no JSON."""
        async with self.open(access, method, url, **options) as response:
            content = await response.aread()
        return decoded(access, content)

    async def events(self, access: ModelAccess, response: "httpx.Response") -> AsyncGenerator[list[ServerSentEvent]]:
        """The events of an open answer, as many at a time as came together; raises `ModelUnavailableError`."""
        parser = SseParser()
        try:
            async for piece in response.aiter_bytes():
                events = parser.feed(piece)
                if events:
                    yield events
            events = parser.close()
        except SseError as error:
            raise vendor_error(ModelUnavailableError, access, error.message) from error
        if events:
            yield events


async def read_out(events: AsyncIterator[Any]) -> None:
    """Read on after the last event that matters, for a moment, so that the connection serves the next call too.

    Most servers end their answer right there. From one that does not, or breaks off, nothing more is wanted.
    """
    with suppress(TimeoutError, ModelError, EgressError):
        async with asyncio.timeout(_READ_OUT):
            async for _ in events:
                pass


def decoded(access: ModelAccess, content: bytes) -> Any:
    """What the vendor's JSON says; raises `ModelUnavailableError` for what is none."""
    try:
        return json.loads(content)
    except ValueError as error:
        raise vendor_error(ModelUnavailableError, access, "the server's answer is not JSON") from error


def refusal(access: ModelAccess, status: int, content: bytes, *, retry_after: float | None = None) -> ModelError:
    """The error that an answer of the vendor means."""
    detail = message_in(content) or f"the server answers {status}"
    kind = _BY_STATUS.get(status, ModelUnavailableError if status >= _SERVER_ERROR else ModelRequestError)
    return vendor_error(kind, access, detail, retry_after=retry_after)


def message_in(content: bytes) -> str:
    """The message in the body of an error, whichever vendor wrote it; empty when there is none."""
    try:
        body = json.loads(content)
    except ValueError:
        return ""
    for _ in range(3):
        if isinstance(body, str):
            return body
        if isinstance(body, list):
            body = body[0] if body else None
        if not isinstance(body, dict):
            return ""
        body = body.get("error") or body.get("message") or body.get("detail") or body.get("msg")
    return body if isinstance(body, str) else ""


async def _refusal(access: ModelAccess, response: "httpx.Response") -> ModelError:
    content = b""
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) >= _LARGEST_ERROR:
            break
    return refusal(access, response.status_code, content, retry_after=_seconds(response.headers.get("retry-after")))


def _seconds(value: str | None) -> float | None:
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:  # a date: vendors of models send numbers
        return None
