"""One HTTP exchange, bounded in time and size, with one error for every way in which it can fail."""

import asyncio
from contextlib import aclosing

import httpx


class NoAnswer(Exception):
    """There is no whole answer; the text says why, without quoting request or answer. `hint` says what to do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


async def exchange(client: httpx.AsyncClient, request: httpx.Request, seconds: float, size: int) -> tuple[int, bytes]:
    """Send `request`; returns status and body. Raises `NoAnswer` after `seconds`, or beyond `size` bytes of body."""
    request.headers["Accept-Encoding"] = "identity"  # else `size` would bound the packed form alone
    try:
        async with asyncio.timeout(seconds), aclosing(await client.send(request, stream=True)) as response:
            _check_framing(response)
            return response.status_code, await _body(response, size)
    except (TimeoutError, httpx.TimeoutException):
        raise NoAnswer("gives no answer in time", "check the address, the network and the load of the server") from None
    except httpx.ConnectError as error:
        raise NoAnswer(f"cannot be reached: {error}", "check the address, and that the server runs") from error
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        reason = f"gives no whole answer: {type(error).__name__}"
        raise NoAnswer(reason, "check the server, and the proxies before it") from error


def _check_framing(response: httpx.Response) -> None:
    """Refuse a body that would look whole when it was cut off, and one that unpacks to any size."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswer("answers in a content encoding that was not asked for", "check the proxies before the server")
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    if response.status_code == httpx.codes.OK and not framed:
        raise NoAnswer("does not say where its answer ends", "check the proxies before the server")


async def _body(response: httpx.Response, size: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > size:
            raise NoAnswer(f"answers more than {size} bytes", "check that the address is the right one")
    return bytes(body)
