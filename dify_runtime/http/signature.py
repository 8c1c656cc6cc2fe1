"""Handlers' signatures, read once at build time: which parameters come from the path, the query and the body."""

import inspect
import types
import typing
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from dify_runtime_sdk.http import Route

from .paths import CONVERTED_TYPES, RulePath, Variable

UNKNOWN: Final = inspect.Parameter.empty
"""The annotation of a handler that does not say what it returns."""


class Unbindable(Exception):
    """A handler cannot be called as its route asks; `hint` says what to change."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Signature:
    """What a handler takes besides the context and the path, and what it returns.

    `optional_body` is true for `body: Model | None`: a request without a body gives None. `returns` is the resolved
    return annotation, `UNKNOWN` without one or where it names what exists for type checkers only.
    """

    body: type[BaseModel] | None
    optional_body: bool
    query: type[BaseModel] | None
    returns: Any


def read_signature(route: Route, path: RulePath) -> Signature:
    """Plan how to call the route's handler; raises `Unbindable` naming the parameter that stands in the way."""
    handler = route.handler
    if not _is_async(handler):
        raise Unbindable("it is not a coroutine function", "write it as 'async def handler(context, ...)'")
    parameters = dict(inspect.signature(handler).parameters)
    _take_context(parameters)
    for variable in dict.fromkeys(path.variables):
        _take_variable(handler, variable, parameters)
    body, optional = _take_model(handler, "body", parameters)
    query, no_query = _take_model(handler, "query", parameters)
    if no_query:
        raise Unbindable("parameter 'query' may be None, and a query never is", "annotate it with the model alone")
    for name in parameters:
        raise Unbindable(
            f"parameter {name!r} is neither 'body', 'query' nor a variable of the path {path.rule!r}",
            "rename or remove it; whatever else a handler needs it has from its context",
        )
    returns = inspect.signature(handler).return_annotation
    return Signature(body, optional, query, _resolve_or_unknown(handler, returns))


def _is_async(handler: Any) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


def _take_context(parameters: dict[str, inspect.Parameter]) -> None:
    first = next(iter(parameters.values()), None)
    if first is None or first.kind not in (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD):
        raise Unbindable("it takes no context", "its first parameter is the RequestContext")
    del parameters[first.name]
    for other in parameters.values():
        if other.kind not in (other.POSITIONAL_OR_KEYWORD, other.KEYWORD_ONLY):
            raise Unbindable(f"parameter {str(other)!r} cannot be given by name", "name each parameter on its own")


def _take_variable(handler: Any, variable: Variable, parameters: dict[str, inspect.Parameter]) -> None:
    parameter = parameters.pop(variable.name, None)
    if parameter is None:
        raise Unbindable(f"it does not take the path variable {variable.name!r}", "add a parameter of that name")
    annotation = _annotation(handler, parameter)
    given = CONVERTED_TYPES.get(variable.converter)
    if given is not None and given not in alternatives(annotation) and annotation is not Any:
        raise Unbindable(
            f"parameter {variable.name!r} is annotated {_shown(annotation)}, "
            f"and the converter {variable.converter!r} gives {given.__name__}",
            "change the annotation, or the converter in the path",
        )


def _take_model(
    handler: Any, name: str, parameters: dict[str, inspect.Parameter]
) -> tuple[type[BaseModel] | None, bool]:
    """The model of parameter `name`, and whether None is allowed instead."""
    parameter = parameters.pop(name, None)
    if parameter is None:
        return None, False
    annotation = _annotation(handler, parameter)
    members = alternatives(annotation)
    models = [one for one in members if one is not types.NoneType]
    if len(models) != 1 or not (isinstance(models[0], type) and issubclass(models[0], BaseModel)):
        raise Unbindable(
            f"parameter {name!r} is annotated {_shown(annotation)}, which is not a pydantic model",
            "annotate it with one subclass of pydantic.BaseModel (a RootModel for what is no object)",
        )
    return models[0], len(members) > 1


def _annotation(handler: Any, parameter: inspect.Parameter) -> Any:
    if parameter.annotation is parameter.empty:
        raise Unbindable(f"parameter {parameter.name!r} has no annotation", "annotate it")
    try:
        return _resolve(handler, parameter.annotation)
    except NameError as error:
        raise Unbindable(
            f"the annotation of parameter {parameter.name!r} cannot be resolved: {error}",
            "import the name at module level, outside 'if TYPE_CHECKING'",
        ) from error


def _resolve_or_unknown(handler: Any, annotation: Any) -> Any:
    """The return annotation only feeds the description, so one that type checkers alone understand is no error."""
    try:
        return _resolve(handler, annotation)
    except (NameError, TypeError):
        return UNKNOWN


def _resolve(handler: Any, annotation: Any) -> Any:
    """An annotation as an object. Each is resolved on its own: others may name what only type checkers import."""
    if not isinstance(annotation, str):
        return annotation
    function = inspect.unwrap(getattr(handler, "func", handler))
    names = getattr(getattr(function, "__func__", function), "__globals__", {})
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    return typing.get_type_hints(holder, globalns=names, include_extras=True)["it"]


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation alone; without aliases and `Annotated` metadata."""
    if isinstance(annotation, typing.TypeAliasType):
        return alternatives(annotation.__value__)
    if typing.get_origin(annotation) is typing.Annotated:
        return alternatives(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(member for one in typing.get_args(annotation) for member in alternatives(one))
    return (annotation,)


def _shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
