"""Requests: everything that is sent, put together from the configuration and the variables of a run."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from dify_runtime_sdk.workflow import NodeContext, Selector, Template, TextForm, Variables, VariableType

from .body import BodyWriter, Content
from .config import ApiKey, HttpRequestConfig, pairs
from .errors import AuthorizationConfigError, InvalidHeaderError, InvalidHttpMethodError, InvalidURLError

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS: Final = frozenset(("content-length", "transfer-encoding"))
"""Headers that follow from the body; a wrong one would let a second request be smuggled in."""
_SECRET: Final = frozenset(("authorization", "proxy-authorization", "cookie"))
_MASK: Final = "*" * 20
_SHOWN: Final = 100_000
"""Characters of a body that a log shows."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, ready to be sent, and its text for the log."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: Content
    log: str


class RequestWriter:
    """Writes the requests of one node; templates are parsed once."""

    def __init__(self, config: HttpRequestConfig) -> None:
        self._method = config.method
        self._url = Template.parse(config.url.strip())
        self._headers = Template.parse(config.headers)
        self._params = [(Template.parse(key), Template.parse(value)) for key, value in pairs(config.params)]
        self._body = BodyWriter(config.body)
        self._is_authorised = config.authorization.type == "api-key"
        self._credentials = config.authorization.config
        self._key = Template.parse(self._credentials.api_key if self._credentials else "")

    async def write(self, context: NodeContext) -> Outgoing:
        """The request of one run; raises `HttpRequestNodeError`."""
        variables = context.variables
        if self._method == "options":
            raise InvalidHttpMethodError("The method OPTIONS cannot be sent", hint="choose another method")
        url = self._address(variables)
        headers = self._given_headers(variables)
        secret = set(_SECRET)
        if self._is_authorised:
            name, value = self._authorization(variables)
            headers = {given: text for given, text in headers.items() if given.lower() != name.lower()} | {name: value}
            secret.add(name.lower())
        content = await self._body.write(context)
        headers = _checked(_with_type(headers, content))
        log = _logged(self._method.upper(), url, headers, content, secret)
        return Outgoing(self._method.upper(), url, headers, content, self._without_secrets(log, variables))

    def _address(self, variables: Variables) -> str:
        url = variables.render(self._url).strip()
        if not url.lower().startswith(("http://", "https://")):
            raise InvalidURLError("The URL does not start with http:// or https://", hint="complete the URL")
        if any(character in url for character in "\r\n\t\0"):
            raise InvalidURLError("The URL holds line ends or control characters", hint="check its variables")
        rendered = [(variables.render(key), variables.render(value)) for key, value in self._params]
        query = urlencode([(key, value) for key, value in rendered if key], errors="replace")
        return _extended(url, query)

    def _given_headers(self, variables: Variables) -> dict[str, str]:
        given = pairs(variables.render(self._headers))
        return {name: value for name, value in given if name.lower() not in _OURS}

    def _authorization(self, variables: Variables) -> tuple[str, str]:
        credentials = self._credentials or ApiKey()
        key = variables.render(self._key).strip()
        if not key:
            raise AuthorizationConfigError("The API key is empty", hint="fill in the authorization of the node")
        if credentials.type == "bearer":
            key = f"Bearer {key}"
        elif credentials.type == "basic":
            key = f"Basic {base64.b64encode(key.encode()).decode() if ':' in key else key}"
        return credentials.header.strip() or "Authorization", key

    def _selectors(self) -> Iterator[Selector]:
        yield from (*self._url.selectors, *self._headers.selectors, *self._body.selectors)
        for key, value in self._params:
            yield from (*key.selectors, *value.selectors)

    def _without_secrets(self, log: str, variables: Variables) -> str:
        """The log with the values of secret variables obscured, plain and as a query writes them."""
        for selector in set(self._selectors()):
            value = variables.get(selector) if variables.type_of(selector) is VariableType.SECRET else None
            if isinstance(value, str) and value:
                shown = variables.text(selector, TextForm.LOG) or _MASK
                for form in (value, urlencode({"": value})[1:], quote(value, safe="")):
                    log = log.replace(form, shown)
        return log


def _extended(url: str, query: str) -> str:
    """The URL with more in its query; raises `InvalidURLError` for what is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidURLError("The URL cannot be read", hint="check the host") from None
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query)) if query else url


def _with_type(headers: Mapping[str, str], content: Content) -> dict[str, str]:
    """The headers with the type of the body, where none is given; a form's own type stands alone."""
    kept = dict(headers)
    if content.is_form:
        kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    if content.mime_type is not None and not any(name.lower() == "content-type" for name in kept):
        kept["Content-Type"] = content.mime_type
    return kept


def _checked(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise InvalidHeaderError("The name of a header is empty or has forbidden characters", hint="one per line")
        if _CONTROL.search(value):
            raise InvalidHeaderError(f"The header {name} holds control characters", hint="check its variables")
    return headers


def _logged(method: str, url: str, headers: Mapping[str, str], content: Content, secret: set[str]) -> str:
    parts = urlsplit(url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
    lines += [f"{name}: {_MASK if name.lower() in secret else value}" for name, value in headers.items()]
    if content.data is not None:
        lines.append(f"Content-Length: {len(content.data)}")
    return "\r\n".join([*lines, "", content.shown[:_SHOWN]])
