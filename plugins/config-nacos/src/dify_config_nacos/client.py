"""The HTTP client of the server. It imports httpx: import this module when the source is first used."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

import httpx

from dify_runtime_sdk import ConfigSourceError
from dify_runtime_sdk.exchange import NoAnswerError, exchange

from .address import Server
from .answers import MalformedAnswer, Token, parse_token
from .limits import Limits
from .login import Login
from .signature import sign

_HOLD = {"Long-Pulling-Timeout": "30000"}
_REFUSALS = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of the protocol; `what` names it in errors, `silence` is in seconds."""

    method: str
    path: str
    what: str
    silence: float
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


class NacosClient:
    """Speaks the protocol; holds one pool of connections until it is closed. Everything it raises is typed."""

    def __init__(self, server: Server, limits: Limits) -> None:
        self._server = server
        self._limits = limits
        # The system's trust store, not httpx's own: that is where operators put the authority of an internal network.
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(),
            auth=server.gateway,
            headers={"User-Agent": "dify-runtime"},
            trust_env=False,
            follow_redirects=False,
        )
        self._login = Login(partial(self._log_in, *server.user)) if server.user else None

    async def read[T](self, parse: Callable[[bytes], T]) -> T:
        """The settings, as `parse` makes them out of the body; it raises `MalformedAnswer` if it cannot."""
        server = self._server
        query = {"dataId": server.data_id, "group": server.group, "tenant": server.tenant}
        what = f"dataId {server.data_id!r} in group {server.group!r}"
        call = _Call("GET", "/nacos/v1/cs/configs", what, self._limits.read, query, self._signature())
        return self._parsed(await self._ask(call), call, parse)

    async def listen(self, md5: str) -> bool:
        """Long-poll until the MD5 of the text is not `md5` (hexadecimal) or the server lets go; whether it changed."""
        server = self._server
        fields = [server.data_id, server.group, md5] + ([server.tenant] if server.tenant else [])
        call = _Call(
            method="POST",
            path="/nacos/v1/cs/configs/listener",
            what="listener",
            silence=self._limits.poll,
            headers=self._signature() | _HOLD,
            form={"Listening-Configs": "\x02".join(fields) + "\x01"},
        )
        return bool((await self._ask(call)).strip())

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _ask(self, call: _Call) -> bytes:
        """The body of the answer; logs in first if there is a user, and once more if the server refuses the token."""
        status, body = await self._send(call, await self._authority())
        if status in _REFUSALS and self._login:
            self._login.forget()
            status, body = await self._send(call, await self._authority())
        return self._accepted(status, body, call)

    async def _authority(self) -> dict[str, str]:
        return {"accessToken": await self._login.token()} if self._login else {}

    async def _log_in(self, user: str, password: str) -> Token:
        query = {"username": user, "password": password}
        call = _Call("POST", "/nacos/v1/auth/login", "login", self._limits.read, query)
        return self._parsed(self._accepted(*await self._send(call, {}), call), call, parse_token)

    async def _send(self, call: _Call, authority: Mapping[str, str]) -> tuple[int, bytes]:
        url = httpx.URL(self._server.url + call.path)
        query = urlencode({**call.query, **authority})
        request = self._http.build_request(
            call.method,
            url,
            headers=call.headers,
            data=call.form,
            timeout=call.silence,
            # Not in the URL: httpx logs that, and the query holds the password or the token.
            extensions={"target": url.raw_path + (f"?{query}".encode() if query else b"")},
        )
        try:
            return await exchange(self._http, request, call.silence + self._limits.transfer, self._limits.body)
        except NoAnswerError as error:
            raise self._error(error.message, call, error.hint) from error

    def _signature(self) -> dict[str, str]:
        if self._server.key is None:
            return {}
        return sign(*self._server.key, self._server.tenant, self._server.group, int(time.time() * 1000))

    def _accepted(self, status: int, body: bytes, call: _Call) -> bytes:
        if status != httpx.codes.OK:
            raise self._error(f"answers {status}", call, self._hint(status))
        return body

    def _parsed[T](self, body: bytes, call: _Call, parse: Callable[[bytes], T]) -> T:
        try:
            return parse(body)
        except MalformedAnswer as error:
            hint = "check that DIFY_ENV_NACOS_SERVER_ADDR is the address of a Nacos server"
            raise self._error(str(error), call, f"{hint}, and what is stored there") from error

    def _hint(self, status: int) -> str:
        if httpx.codes.is_redirect(status):
            return "redirects are not followed: set DIFY_ENV_NACOS_SERVER_ADDR to the final address"
        if status == httpx.codes.NOT_FOUND:
            return "check DIFY_ENV_NACOS_DATA_ID, DIFY_ENV_NACOS_GROUP and DIFY_ENV_NACOS_NAMESPACE"
        if status not in _REFUSALS:
            return "see the log of the Nacos server"
        if self._login:
            return "check DIFY_ENV_NACOS_USERNAME and DIFY_ENV_NACOS_PASSWORD, and what that user may read"
        return "set DIFY_ENV_NACOS_USERNAME and DIFY_ENV_NACOS_PASSWORD, both of them"

    def _error(self, failure: str, call: _Call, hint: str | None) -> ConfigSourceError:
        return ConfigSourceError(f"config source 'nacos' at {self._server.url} {failure} ({call.what})", hint=hint)
