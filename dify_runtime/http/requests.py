"""The request class, whose body is cut off at its limit, and the readers of handlers' arguments."""

import typing
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final, cast

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from quart import Request
from quart.wrappers.request import Body
from werkzeug.exceptions import RequestEntityTooLarge

from dify_runtime_sdk.http import BadRequest, HttpError

from .signature import alternatives

type BodyReader = Callable[[Request], Awaitable[BaseModel | None]]
type QueryReader = Callable[[Request], BaseModel]

_MANY: Final = frozenset((list, set, frozenset, tuple, Collection, Sequence))


class UnsupportedMediaType(HttpError):
    """415: the body is not declared as JSON."""

    status = 415
    code = "unsupported_media_type"
    default_message = "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."


class LimitedBody(Body):
    """A body that keeps nothing beyond its limit, whether it is awaited or iterated over.

    Quart's own either keeps all that comes until somebody awaits it, or (before 0.23) forgets what was iterated over.
    """

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, None)
        self._seen = 0
        self._expected = expected_content_length or 0
        self.restrict(max_content_length)

    def restrict(self, limit: int | None) -> None:
        """Set the limit in bytes; what is longer, declared or received, is a 413 for whoever reads it."""
        self._limit = limit
        if limit is not None and max(self._expected, self._seen) > limit:
            self._must_raise = RequestEntityTooLarge()

    def _admits(self, data: bytes) -> bool:
        self._seen += len(data)
        if self._limit is None or self._seen <= self._limit:
            return True
        self._must_raise = RequestEntityTooLarge()
        self.set_complete()
        return False

    def append(self, data: bytes) -> None:
        """Take a part of the body, as Quart before 0.23 does it."""
        if self._admits(data):
            super().append(data)  # type: ignore[misc]  # the newer Quart has no such method, and calls none

    async def put(self, data: bytes) -> None:
        """Take a part of the body, as Quart does it from 0.23 on."""
        if self._admits(data):
            await super().put(data)


class RuntimeRequest(Request):
    """A request with a limited body."""

    body_class = LimitedBody
    body: LimitedBody


def body_reader(model: type[BaseModel], optional: bool, loads: Callable[[bytes], Any]) -> BodyReader:
    """A function that reads a request's JSON body into `model`; it raises `HttpError`s and `ValidationError`."""

    async def read(request: Request) -> BaseModel | None:
        if not request.is_json and not optional:
            raise UnsupportedMediaType
        data = cast("bytes", await request.get_data())
        if optional and not data:
            return None
        if not request.is_json:
            raise UnsupportedMediaType
        try:
            content = loads(data)
        except (ValueError, RecursionError):  # nested too deeply is as malformed as cut off
            raise BadRequest from None
        return model.model_validate(content)

    return read


def query_reader(model: type[BaseModel]) -> QueryReader:
    """A function that reads a request's query string into `model`; it raises `ValidationError`."""
    repeated = frozenset(
        spelling
        for name, field in model.model_fields.items()
        if _takes_many(field.annotation)
        for spelling in _spellings(name, field)
    )

    def read(request: Request) -> BaseModel:
        if not request.query_string:
            return model.model_validate({})
        given = request.args.lists()
        return model.model_validate({name: values if name in repeated else values[0] for name, values in given})

    return read


def _takes_many(annotation: Any) -> bool:
    return any((typing.get_origin(one) or one) in _MANY for one in alternatives(annotation))


def _spellings(name: str, field: FieldInfo) -> Collection[str]:
    """The names under which a field can be given."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [name, *(choice for choice in alias.choices if isinstance(choice, str))]
    return [name, alias] if isinstance(alias, str) else [name]
