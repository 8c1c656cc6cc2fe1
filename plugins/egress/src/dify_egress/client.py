"""The client that plugins get: httpx's, with our errors and limits, and without a memory for cookies."""

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx

from dify_runtime_sdk.egress import EgressError

from .failures import RedirectedTooOften, RequestDenied, RequestFailed, origin_of, timed_out
from .inflate import ACCEPTED
from .sending import DEADLINE, Sending, Terms

_MOST_REDIRECTS: Final = 10


class EgressClient(httpx.AsyncClient):
    """An `httpx.AsyncClient` over shared connections. Closing it closes nothing but itself.

    It keeps no cookies: what one tenant's request is given must not go along with another's.
    """

    def __init__(self, terms: Terms, timeout: httpx.Timeout) -> None:
        super().__init__(
            transport=Sending(terms),
            timeout=timeout,
            headers={"Accept-Encoding": ACCEPTED, "User-Agent": "dify-runtime"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            max_redirects=_MOST_REDIRECTS,
            trust_env=False,
        )
        self._total = terms.total

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request; raises `RequestDenied` for what is no URL."""
        try:
            return super().build_request(method, url, **options)
        except httpx.InvalidURL:
            message = "the request has no valid URL"  # the text of the cause can quote a password
            raise RequestDenied(message, hint="write it as http://host/path or https://host/path") from None

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, and read the answer unless it is to be streamed; raises `EgressError` and nothing else."""
        loop = asyncio.get_running_loop()
        deadline = None if self._total is None else loop.time() + self._total
        request.extensions[DEADLINE] = deadline
        try:
            async with asyncio.timeout_at(deadline):
                return await super().send(request, **options)
        except TimeoutError:
            raise timed_out(request.url, self._total) from None
        except EgressError:
            raise
        except httpx.TooManyRedirects:
            message = f"{origin_of(request.url)} redirects more than {_MOST_REDIRECTS} times"
            raise RedirectedTooOften(message, hint="check the address") from None
        except (httpx.RequestError, httpx.InvalidURL) as error:  # httpx's own: a redirect to nowhere
            message = f"{origin_of(request.url)}: the exchange failed: {type(error).__name__}"
            raise RequestFailed(message, hint="check the address and the server") from None
