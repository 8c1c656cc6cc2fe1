"""The forward proxies of the operator, and how one of them refuses."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote

import httpx

from .settings import EgressSettings

_REFUSALS: Final = (401, 403)


@dataclass(frozen=True, slots=True)
class ForwardProxy:
    """One proxy; can be shown, it keeps its login to itself."""

    url: str
    """Without user and password."""
    login: tuple[bytes, bytes] | None = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split the login off a URL."""
        url = httpx.URL(text)
        user, colon, password = url.userinfo.decode("ascii").partition(":")
        login = (unquote(user).encode(), unquote(password).encode()) if user or colon else None
        return cls(str(url.copy_with(userinfo=b"")), login)


def proxies_of(settings: EgressSettings) -> dict[str, ForwardProxy]:
    """The proxy of each scheme; empty when requests go out directly."""
    urls = {
        "http": settings.SSRF_PROXY_ALL_URL or settings.SSRF_PROXY_HTTP_URL,
        "https": settings.SSRF_PROXY_ALL_URL or settings.SSRF_PROXY_HTTPS_URL,
    }
    return {scheme: ForwardProxy.parse(url) for scheme, url in urls.items() if url}


def is_refusal(response: httpx.Response) -> bool:
    """Whether the answer is that of Squid, the proxy of Dify's deployments, which refuses the destination."""
    names = f"{response.headers.get('Server', '')} {response.headers.get('Via', '')}".lower()
    return response.status_code in _REFUSALS and "squid" in names
