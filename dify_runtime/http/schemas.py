"""JSON schemas of the models that routes take and return, under one set of component names."""

import functools
import operator
import types
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError
from quart.wrappers import Response
from werkzeug.wrappers import Response as WerkzeugResponse

from .routing import BoundRoute
from .signature import UNKNOWN, alternatives

type Schema = dict[str, Any]
type Part = Literal["body", "query", "answer"]
type _Input = tuple[tuple[int, Part], Literal["validation", "serialization"], TypeAdapter[Any]]

_REFERENCE: Final = "#/components/schemas/"
_UNSPEAKABLE: Final = (PydanticUserError, PydanticSchemaGenerationError, PydanticInvalidForJsonSchema)


class Schemas:
    """The schemas of some routes; a part that pydantic cannot describe has none."""

    def __init__(self, routes: Iterable[BoundRoute]) -> None:
        inputs = [one for number, route in enumerate(routes) for one in _inputs(number, route)]
        try:
            found, shared = _describe(inputs)
        except _UNSPEAKABLE:
            found, shared = _describe([one for one in inputs if _is_speakable(one)])
        self._found: dict[tuple[int, Part], Schema] = {key: schema for (key, _), schema in found.items()}
        self.components: dict[str, Schema] = shared.get("$defs", {})

    def of(self, number: int, part: Part) -> Schema | None:
        """The schema of one part of the route with this number."""
        return self._found.get((number, part))

    def resolved(self, schema: Schema) -> Schema:
        """A schema itself, where it is a mere reference to a component."""
        reference: str = schema.get("$ref", "")
        return self.components[reference.removeprefix(_REFERENCE)] if reference else schema

    def reachable(self, document: Any) -> dict[str, Schema]:
        """The components that a document refers to, directly or through others."""
        wanted: dict[str, Schema] = {}
        pending = list(_references(document))
        while pending:
            name = pending.pop()
            if name not in wanted and name in self.components:
                wanted[name] = self.components[name]
                pending += _references(wanted[name])
        return dict(sorted(wanted.items()))


def reference_to(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": _REFERENCE + name}


def _describe(inputs: list[_Input]) -> tuple[Mapping[Any, Schema], Schema]:
    return TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE + "{model}")


def _is_speakable(one: _Input) -> bool:
    try:
        _describe([one])
    except _UNSPEAKABLE:
        return False
    return True


def _inputs(number: int, route: BoundRoute) -> Iterable[_Input]:
    signature = route.signature
    if signature.body is not None:
        yield (number, "body"), "validation", TypeAdapter(signature.body)
    if signature.query is not None:
        yield (number, "query"), "validation", TypeAdapter(signature.query)
    answer = _answer_adapter(signature.returns)
    if answer is not None:
        yield (number, "answer"), "serialization", answer


def _answer_adapter(annotation: Any) -> TypeAdapter[Any] | None:
    """What describes the data of an answer: without statuses, None and responses that handlers make themselves."""
    kinds = tuple(kind for kind in map(_data_kind, alternatives(annotation)) if _is_data(kind))
    if not kinds:
        return None
    try:
        return TypeAdapter(functools.reduce(operator.or_, kinds))
    except (*_UNSPEAKABLE, TypeError):  # the latter for what cannot be part of a union
        return None


def _data_kind(annotation: Any) -> Any:
    """The first member of `tuple[Data, int]`, the form of an answer with a status."""
    return get_args(annotation)[0] if get_origin(annotation) is tuple and get_args(annotation) else annotation


def _is_data(kind: Any) -> bool:
    if kind in (UNKNOWN, Any, None, types.NoneType):
        return False
    return not (isinstance(kind, type) and issubclass(kind, (Response, WerkzeugResponse)))


def _references(document: Any) -> Iterable[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(_REFERENCE)
            else:
                yield from _references(value)
    elif isinstance(document, list):
        for value in document:
            yield from _references(value)
