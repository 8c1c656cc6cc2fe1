"""Answers that are errors: what handlers raise, and how a group words them on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ..errors import DifyRuntimeError


class HttpError(DifyRuntimeError):
    """An error answer; subclass it per case with `status`, `code` and `default_message`.

    `code` is the snake_case word that clients match on, `headers` are added to the answer, `fields` to its body.
    """

    status: ClassVar[int] = 500
    code = "unknown"
    default_message: ClassVar[str] = "Internal Server Error"

    def __init__(
        self,
        message: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(self.default_message if message is None else message)
        self.headers = dict(headers or {})
        self.fields = dict(fields or {})


class BadRequest(HttpError):
    """400: the request cannot be served as sent."""

    status = 400
    code = "bad_request"
    default_message = "The browser (or proxy) sent a request that this server could not understand."


class InvalidParam(BadRequest):
    """400: a field of the body or the query is missing or wrong; the message names it."""

    code = "invalid_param"
    default_message = "Invalid parameter."


class Unauthorized(HttpError):
    """401: no valid credential; the answer carries `WWW-Authenticate`."""

    status = 401
    code = "unauthorized"
    default_message = "Unauthorized."


class Forbidden(HttpError):
    """403: the credential is valid, and not for this."""

    status = 403
    code = "forbidden"
    default_message = "You don't have the permission to access the requested resource."


class NotFound(HttpError):
    """404: a handler found nothing under that id."""

    status = 404
    code = "not_found"
    default_message = "The requested URL was not found on the server."


class UnknownRoute(NotFound):
    """404: no route has this path; never raised by a handler."""


class MethodNotAllowed(HttpError):
    """405: the path exists, with other methods; the answer carries `Allow`."""

    status = 405
    code = "method_not_allowed"
    default_message = "The method is not allowed for the requested URL."


class PayloadTooLarge(HttpError):
    """413: the body is over the limit of the server or of the route."""

    status = 413
    code = "request_entity_too_large"
    default_message = "The data value transmitted exceeds the capacity limit."


class InternalServerError(HttpError):
    """500: a bug; the cause is in the log, never in the answer."""


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error as it goes over the wire: a mapping becomes JSON, a text an HTML page."""

    status: int
    body: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)


class ErrorShape(Protocol):
    """How a blueprint group words its errors."""

    def render(self, error: HttpError) -> ErrorAnswer:
        """Word one error; called on the event loop for every error answer of the group, so pure and quick."""
        ...


_NOT_FOUND_PAGE = """<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try \
again.</p>
"""


class StandardErrors:
    """The shape of the Dify API: `{code, message, status}`, with an HTML page for an unknown route."""

    def render(self, error: HttpError) -> ErrorAnswer:
        """Word one error as the Dify API does; 401 answers carry `WWW-Authenticate: Bearer realm="api"`."""
        if isinstance(error, UnknownRoute):
            return ErrorAnswer(404, _NOT_FOUND_PAGE, error.headers)
        headers = dict(error.headers)
        if error.status == Unauthorized.status:
            headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')
        body = {"code": error.code, "message": error.message, "status": error.status, **error.fields}
        return ErrorAnswer(error.status, body, headers)
