"""The words of the group `trigger` for its errors."""

from http import HTTPStatus
from typing import Final

from dify_runtime_sdk.http import ErrorAnswer, HttpError, NotFound, StandardErrors, UnknownRoute

_PHRASES: Final = {413: "Request Entity Too Large", 500: "Internal server error"}
"""What the group says otherwise than the registry of statuses."""


class TriggerErrors:
    """Bare `{error, message}` objects, and an HTML page for whatever is not found, a webhook's id included."""

    def __init__(self) -> None:
        self._pages = StandardErrors()

    def render(self, error: HttpError) -> ErrorAnswer:
        """Word one error: its status as text, then the message."""
        if isinstance(error, NotFound):
            return self._pages.render(UnknownRoute(headers=error.headers))
        body = {"error": _phrase(error.status), "message": error.message, **error.fields}
        return ErrorAnswer(error.status, body, error.headers)


def _phrase(status: int) -> str:
    if status in _PHRASES:
        return _PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a status of somebody's own
        return "Error"
