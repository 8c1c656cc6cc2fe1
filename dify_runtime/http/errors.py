"""Errors on the wire: every exception becomes an `HttpError`, and the group's shape words it."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from pydantic import ValidationError
from quart import Quart, request
from quart.wrappers import Response
from werkzeug import exceptions as werkzeug
from werkzeug.wrappers import Response as WerkzeugResponse

from dify_runtime_sdk.http import (
    BadRequest,
    ErrorAnswer,
    Forbidden,
    HttpError,
    InternalServerError,
    InvalidParam,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    StandardErrors,
    Unauthorized,
    UnknownRoute,
)

from .groups import GroupTable

_log = logging.getLogger(__name__)

_COUNTERPARTS: Final[Mapping[type[werkzeug.HTTPException], type[HttpError]]] = {
    werkzeug.BadRequest: BadRequest,
    werkzeug.Unauthorized: Unauthorized,
    werkzeug.Forbidden: Forbidden,
    werkzeug.NotFound: NotFound,
    werkzeug.MethodNotAllowed: MethodNotAllowed,
    werkzeug.RequestEntityTooLarge: PayloadTooLarge,
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Errors:
    """Words the errors of one application."""

    def __init__(self, groups: GroupTable, quart: Quart) -> None:
        """Take over the error handling of `quart`."""
        self._groups = groups
        self._dumps: Callable[[Any], str] = quart.json.dumps
        self._made: dict[type[werkzeug.HTTPException], type[HttpError]] = {}
        quart.register_error_handler(HttpError, self._respond)
        quart.register_error_handler(ValueError, self._on_value_error)
        quart.register_error_handler(werkzeug.HTTPException, self._on_http_exception)

    def word(self, error: HttpError, path: str) -> tuple[ErrorAnswer, bytes, str]:
        """The answer to a request for `path`, its body and its content type, in the words of the path's group."""
        group = self._groups.find(path)
        try:
            return self._encode(group.declared.errors.render(error))
        except Exception:
            _log.exception("the error shape of blueprint group %r failed", group.name)
            return self._encode(StandardErrors().render(InternalServerError()))

    def _encode(self, answer: ErrorAnswer) -> tuple[ErrorAnswer, bytes, str]:
        if isinstance(answer.body, str):
            return answer, answer.body.encode(), "text/html; charset=utf-8"
        return answer, self._dumps(answer.body).encode(), "application/json"

    async def _respond(self, error: HttpError) -> Response:
        answer, body, content_type = self.word(error, request.path)
        return Response(body, answer.status, dict(answer.headers), content_type=content_type)

    async def _on_value_error(self, error: ValueError) -> Response:
        """400, as the Dify API answers every ValueError, those of validation included."""
        if not isinstance(error, ValidationError):  # whose text quotes what the client sent
            _log.debug("%s %s answered 400 for a ValueError", request.method, request.path, exc_info=error)
        return await self._respond(InvalidParam(str(error)))

    async def _on_http_exception(self, error: werkzeug.HTTPException) -> Response | WerkzeugResponse:
        if error.response is not None:
            return cast("WerkzeugResponse", error.response)  # whoever raised it chose the whole answer
        return await self._respond(self._translate(error))

    def _translate(self, error: werkzeug.HTTPException) -> HttpError:
        """An error of Werkzeug or Quart as ours; Quart wraps what no handler took into an InternalServerError."""
        if isinstance(error, werkzeug.InternalServerError) and error.original_exception is not None:
            return InternalServerError()
        headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
        if type(error) is werkzeug.NotFound and error is request.routing_exception:
            return UnknownRoute(headers=headers)
        return self._counterpart(type(error), error.code or 500)(error.description, headers=headers)

    def _counterpart(self, kind: type[werkzeug.HTTPException], status: int) -> type[HttpError]:
        if kind in _COUNTERPARTS:
            return _COUNTERPARTS[kind]
        if kind not in self._made:
            code = _WORDS.sub("_", kind.__name__).lower()
            self._made[kind] = type(kind.__name__, (HttpError,), {"status": status, "code": code})
        return self._made[kind]
