"""What handlers return, made into responses."""

from collections.abc import Callable, Mapping
from typing import Any, Final

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
    response_class = quart.response_class
    to_json = quart.json.response  # bound once: plugins set the JSON provider before routes are made

    def shape(value: Any, code: int) -> Answer:
        if isinstance(value, BaseModel):
            return response_class(value.model_dump_json(by_alias=True), code, mimetype="application/json")
        response: Answer = to_json(value)  # type: ignore[assignment] - typed as Flask's; it is the app's class
        if code != 200:
            response.status_code = code
        return response

    def answer(value: Any) -> Answer:
        if isinstance(value, (Response, WerkzeugResponse)):
            return value
        if value is None:
            return _empty(response_class, 204)
        if type(value) is not tuple:
            return _empty(response_class, status) if status in EMPTY else shape(value, status)
        data, code, headers = _unpack(value)
        if isinstance(data, (Response, WerkzeugResponse)):
            response: Answer = data
            response.status_code = code
        else:
            response = _empty(response_class, code) if data is None or code in EMPTY else shape(data, code)
        response.headers.update(headers)
        return response

    if timeout is None:
        return answer
    limit = timeout or None

    def timed_answer(value: Any) -> Answer:
        response = answer(value)
        if isinstance(response, Response) and response.timeout is ...:
            response.timeout = limit
        return response

    return timed_answer


def _unpack(value: tuple[Any, ...]) -> tuple[Any, int, Mapping[str, str]]:
    """A handler's `(data, status)` or `(data, status, headers)`."""
    if len(value) == 2:
        return value[0], value[1], {}
    if len(value) == 3:
        return value
    raise TypeError("a handler's tuple is (data, status) or (data, status, headers)")


def _empty(response_class: type[Response], code: int) -> Response:
    response = response_class(b"", code)
    del response.headers["Content-Type"]
    if code in EMPTY:
        del response.headers["Content-Length"]  # RFC 9110: an answer without content has none
    return response
