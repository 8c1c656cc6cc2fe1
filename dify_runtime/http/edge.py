"""The two ASGI layers of the host: the edge around everything, and the door right in front of Quart."""

import logging
from typing import Final

from quart.wrappers import base as quart_base

from dify_runtime_sdk.http import ASGIApp, InternalServerError, Receive, Scope, Send

from .connection import AnswerCutOff
from .cors import answer_preflight, is_preflight
from .errors import Errors
from .exchange import Exchange
from .groups import GroupTable

_log = logging.getLogger(__name__)

_CUT_OFF: Final[tuple[type[Exception], ...]] = (
    AnswerCutOff,
    *filter(None, (getattr(quart_base, "ClientDisconnectedError", None),)),
)
"""No failures; the latter is what Quart raises, from 0.23 on, when it writes to a client that has gone."""


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
        exchange = Exchange(scope, receive, send, self._groups.find(path))
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if _is_cut_off(error):
                _log.info("the answer to %s %s ended before it was complete", scope["method"], path)
                return
            if exchange.started:
                raise  # too late for an answer: the server logs it and cuts the connection
            _log.exception("%s %s failed outside its handler", scope["method"], path)
            await self._answer(path, exchange)

    async def _answer(self, path: str, exchange: Exchange) -> None:
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


def path_below_root(scope: Scope) -> str:
    """The path that routing sees: without what the server is mounted at."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path


def _is_cut_off(error: BaseException) -> bool:
    """Whether all that happened is that the client went away, or the time of the answer was up."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_cut_off(one) for one in error.exceptions)
    return isinstance(error, _CUT_OFF)
