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
            return response.status_code, await _body(response, size)
    except (TimeoutError, httpx.TimeoutException):
        raise NoAnswer("gives no answer in time", "check the address, the network and the load of the server") from None
    except httpx.ConnectError as error:
        raise NoAnswer(f"cannot be reached: {error}", "check the address, and that the server runs") from error
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        raise NoAnswer(
            f"gives no whole answer: {type(error).__name__}", "check the server, and the proxies before it"
        ) from error


async def _body(response: httpx.Response, size: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswer("answers in a content encoding that was not asked for", "check the proxies before the server")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > size:
            raise NoAnswer(f"answers more than {size} bytes", "check that the address is that of a config service")
    return bytes(body)
