"""The two ASGI layers of the host: the edge around everything, and the door right in front of Quart."""

import logging
from typing import Any, Final

from quart.wrappers import base as quart_base

from dify_runtime_sdk.http import ASGIApp, InternalServerError, Message, Receive, Scope, Send

from .cors import answer_preflight, is_preflight
from .errors import Errors
from .groups import Group, GroupTable

_log = logging.getLogger(__name__)

_DISCONNECT: Final[Any] = getattr(quart_base, "ClientDisconnectedError", ())
"""What Quart raises, from 0.23 on, when it writes to a client that has gone."""


class Edge:
    """The outermost layer: adds the headers of CORS to every answer, and answers for what fails without one."""

    def __init__(self, app: ASGIApp, groups: GroupTable, errors: Errors) -> None:
        self._app = app
        self._groups = groups
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_below_root(scope)
        exchange = _Exchange(scope, send, self._groups.find(path))
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:
            if _is_disconnect(error):
                return
            if exchange.started:
                raise  # too late for an answer: the server logs it and cuts the connection
            _log.exception("%s %s failed outside its handler", scope["method"], path)
            await self._answer(path, exchange)

    async def _answer(self, path: str, exchange: "_Exchange") -> None:
        answer, body, content_type = self._errors.word(InternalServerError(), path)
        headers = {**answer.headers, "content-type": content_type, "content-length": str(len(body))}
        wire = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await exchange.send({"type": "http.response.start", "status": answer.status, "headers": wire})
        await exchange.send({"type": "http.response.body", "body": body, "more_body": False})


class Door:
    """The innermost layer: answers preflights, so that middleware sees them and Quart does not."""

    def __init__(self, app: ASGIApp, groups: GroupTable) -> None:
        self._app = app
        self._groups = groups

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and is_preflight(scope):
            group = self._groups.find(path_below_root(scope))
            if group.cors is not None and not group.own_options:
                await answer_preflight(send)
                return
        await self._app(scope, receive, send)


class _Exchange:
    """One request on its way out."""

    __slots__ = ("_group", "_scope", "_send", "started")

    def __init__(self, scope: Scope, send: Send, group: Group) -> None:
        self._scope = scope
        self._send = send
        self._group = group
        self.started = False

    async def send(self, message: Message) -> None:
        if not self.started and message["type"] == "http.response.start":
            self.started = True
            cors = self._group.cors
            if cors is not None:
                message = {**message, "headers": cors.decorate(self._scope, list(message.get("headers", ())))}
        await self._send(message)


def path_below_root(scope: Scope) -> str:
    """The path that routing sees: without what the server is mounted at."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path


def _is_disconnect(error: BaseException) -> bool:
    """Whether all that happened is that the client went away."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_disconnect(one) for one in error.exceptions)
    return isinstance(error, _DISCONNECT)
