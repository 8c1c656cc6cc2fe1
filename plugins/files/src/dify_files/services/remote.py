"""Files elsewhere: what their headers say, and their content, through the guarded way out."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from dify_runtime_sdk import Services
from dify_runtime_sdk.egress import Egress, EgressDeniedError, EgressError, Limits

from ..domain.kinds import ANY_TYPE, guessed_extension, guessed_type, media_type
from ..domain.names import extension_of, harmless_name
from ..errors import InvalidFileInput

if TYPE_CHECKING:
    import httpx

_ONE_TRY: Final = Limits(retries=0)
_LONGEST_URL: Final = 2048
_OK: Final = 200
_NAME: Final = re.compile(r"""filename\*?=(?:UTF-8''|utf-8'')?("[^"]*"|[^;\s]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RemoteFacts:
    """What is known of a file elsewhere; `size` is bytes, -1 when its server does not say."""

    filename: str
    mime_type: str
    size: int


class RemoteFiles:
    """Asks other servers, each URL being one that a client chose."""

    def __init__(self, services: Services) -> None:
        """`services` give `Egress` at first use, so that nothing is loaded for it before."""
        self._services = services

    async def facts(self, label: str, url: str) -> RemoteFacts:
        """What the headers say, else what the URL suggests; raises `InvalidFileInput` for a refused address.

        A server that does not answer now may do so when the content is read, so that is no error here.
        """
        if len(url) > _LONGEST_URL or _scheme(url) not in ("http", "https"):
            raise InvalidFileInput(f"{label}: the URL is not one of http or https, or too long")
        try:
            return _facts(url, await self._headers(url))
        except EgressDeniedError as error:
            raise InvalidFileInput(f"{label}: the URL is refused: {error.message}") from error
        except EgressError:
            return _facts(url, None)

    async def read(self, url: str, *, limit: int) -> AsyncGenerator[bytes]:
        """The content in pieces; raises `EgressError`, also for more than `limit` bytes."""
        client = (await self._services.get(Egress)).untrusted(limits=Limits(response_bytes=limit))
        async with client.stream("GET", url, follow_redirects=True) as response:
            if response.status_code != _OK:
                raise EgressError(f"the server of the file answered {response.status_code}")
            async for piece in response.aiter_bytes():
                yield piece

    async def _headers(self, url: str) -> "httpx.Response | None":
        """The answer to HEAD, or of a server that knows no HEAD to GET, of which no body is read."""
        client = (await self._services.get(Egress)).untrusted(limits=_ONE_TRY)
        for method in ("HEAD", "GET"):
            async with client.stream(method, url, follow_redirects=True) as response:
                if response.status_code == _OK:
                    return response
        return None


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _facts(url: str, answer: "httpx.Response | None") -> RemoteFacts:
    headers = {} if answer is None else answer.headers
    name = _name_in(headers.get("content-disposition", "")) or harmless_name(unquote(urlsplit(url).path))
    declared = media_type(headers.get("content-type"))
    mime_type = declared if declared not in (None, ANY_TYPE) else guessed_type(name) or ANY_TYPE
    length = headers.get("content-length", "")
    if not extension_of(name):
        name = f"{name or 'file'}{guessed_extension(mime_type)}"
    return RemoteFacts(name, mime_type, int(length) if length.isdecimal() else -1)


def _name_in(disposition: str) -> str:
    found = _NAME.search(disposition)
    return harmless_name(unquote(found[1].strip('"'))) if found else ""
