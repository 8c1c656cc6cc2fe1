"""What handlers return, made into responses."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from pydantic import BaseModel
from quart import Quart
from quart.wrappers import Response
from werkzeug.wrappers import Response as WerkzeugResponse

type Answer = Response | WerkzeugResponse

EMPTY: Final = frozenset((204, 304))
"""Statuses whose answers have no body, whatever the handler names."""


def make_answer(quart: Quart, status: int, timeout: float | None) -> Callable[[Any], Answer]:
    """A function that makes what one route's handler returns into a response.

    `status` is the route's status for plain data; `timeout` the limit of sending in seconds, 0 for none, None for the
    server's.
    """
    shape = _Shape(quart)

    def answer(value: Any) -> Answer:
        if isinstance(value, (Response, WerkzeugResponse)):
            return value
        if type(value) is tuple:
            return shape.listed(value)
        return shape.empty(204) if value is None else shape.data(value, status)

    if timeout is None:
        return answer
    limit = timeout or None

    def timed_answer(value: Any) -> Answer:
        response = answer(value)
        if isinstance(response, Response) and response.timeout is ...:
            response.timeout = limit
        return response

    return timed_answer


class _Shape:
    """Makes responses of one application's class, by its JSON provider."""

    def __init__(self, quart: Quart) -> None:
        self._response_class = quart.response_class
        # Bound once: plugins set the provider before routes are made. Flask's types do not know Quart's response.
        self._to_json = cast("Callable[[Any], Response]", quart.json.response)

    def data(self, value: Any, code: int) -> Response:
        """JSON."""
        if code in EMPTY:
            return self.empty(code)
        if isinstance(value, BaseModel):
            return self._response_class(value.model_dump_json(by_alias=True), code, mimetype="application/json")
        response = self._to_json(value)
        if code != 200:
            response.status_code = code
        return response

    def listed(self, value: tuple[Any, ...]) -> Answer:
        """What a tuple `(data, status)` or `(data, status, headers)` says."""
        data, code, headers = _unpack(value)
        response: Answer
        if isinstance(data, (Response, WerkzeugResponse)):
            response = data
            response.status_code = code
        else:
            response = self.empty(code) if data is None else self.data(data, code)
        response.headers.update(headers)
        return response

    def empty(self, code: int) -> Response:
        """Nothing but a status."""
        response = self._response_class(b"", code)
        del response.headers["Content-Type"]
        if code in EMPTY:
            del response.headers["Content-Length"]  # RFC 9110: an answer without content has none
        return response


def _unpack(value: tuple[Any, ...]) -> tuple[Any, int, Mapping[str, str]]:
    if len(value) == 2:
        return value[0], value[1], {}
    if len(value) == 3:
        return value
    raise TypeError("a handler's tuple is (data, status) or (data, status, headers)")
