"""One HTTP exchange, bounded in time and size, with one error for every way in which it can fail.

For config sources, which open connections of their own; everybody else goes through the egress service. Needs the
extra `http` of the SDK: import this module at first use.
"""

import asyncio
from contextlib import aclosing

import httpx

from .errors import DifyRuntimeError


class NoAnswerError(DifyRuntimeError):
    """There is no whole answer; the message says why, without quoting request or answer."""

    code = "no_answer"


async def exchange(client: httpx.AsyncClient, request: httpx.Request, seconds: float, size: int) -> tuple[int, bytes]:
    """Send `request`; returns status and body.

    Raises `NoAnswerError` after `seconds`, or beyond `size` bytes of body.
    """
    request.headers["Accept-Encoding"] = "identity"  # else `size` would bound the packed form alone
    try:
        async with asyncio.timeout(seconds), aclosing(await client.send(request, stream=True)) as response:
            _check_framing(response)
            return response.status_code, await _body(response, size)
    except (TimeoutError, httpx.TimeoutException):
        raise NoAnswerError(
            "gives no answer in time", hint="check the address, the network and the load of the server"
        ) from None
    except httpx.ConnectError as error:
        raise NoAnswerError(
            f"cannot be reached: {error}", hint="check the address, and that the server runs"
        ) from error
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        reason = f"gives no whole answer: {type(error).__name__}"
        raise NoAnswerError(reason, hint="check the server, and the proxies before it") from error


def _check_framing(response: httpx.Response) -> None:
    """Refuse a body that would look whole when it was cut off, and one that unpacks to any size."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswerError(
            "answers in a content encoding that was not asked for", hint="check the proxies before the server"
        )
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    if response.status_code == httpx.codes.OK and not framed:
        raise NoAnswerError("does not say where its answer ends", hint="check the proxies before the server")


async def _body(response: httpx.Response, size: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > size:
            raise NoAnswerError(f"answers more than {size} bytes", hint="check that the address is the right one")
    return bytes(body)
