"""Operations as the table of routes knows them: their routes are there, or are imported with the first request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib import import_module

from dify_runtime_sdk import PluginError
from dify_runtime_sdk.http import LazyRoutes, Route, Routes

from ..errors import ContributionFailed
from .signature import Signature


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as a plugin declared it; `path` is below the prefix of its group.

    `load` gives the route and its handler's signature, the same every time. Where it is `lazy` it imports them, and
    raises `PluginError` when they are not what was declared; else it raises `ContributionFailed`.
    """

    method: str
    path: str
    public: bool
    max_body: int | None
    lazy: bool
    load: Callable[[], tuple[Route, Signature]]


def operation_of(route: Route, bind: Callable[[], Signature]) -> Operation:
    """The operation of a route that is there."""
    load = cache(lambda: (route, bind()))
    return Operation(route.method.upper(), route.path, route.public, route.max_body, lazy=False, load=load)


type Binding = Callable[[str, Route], Signature]
"""The signature of a route of a plugin; raises `ContributionFailed`."""


class RouteModule:
    """The routes of a module, imported when the first of them is asked for; safe to ask from several threads."""

    def __init__(self, plugin: str, declared: LazyRoutes, bind: Binding) -> None:
        self._plugin = plugin
        self._declared = declared
        self._bind = bind

    def operations(self) -> list[Operation]:
        """The declared operations; raises `ContributionFailed` for a line that is none."""
        return [self._operation(number, line) for number, line in enumerate(self._declared.operations)]

    def _operation(self, number: int, line: str) -> Operation:
        method, space, path = line.partition(" ")
        if not (method.isalpha() and space):
            raise ContributionFailed(
                self._plugin, f"operation {line!r} of {self._declared.routes!r}", hint="write 'GET /path'"
            )
        declared = self._declared
        load = cache(partial(self._bound, number))
        return Operation(method.upper(), path, declared.public, declared.max_body, lazy=True, load=load)

    def _bound(self, number: int) -> tuple[Route, Signature]:
        route = self._routes[number]
        try:
            return route, self._bind(self._plugin, route)
        except ContributionFailed as error:
            raise self._error(error.reason) from error

    @cached_property
    def _routes(self) -> Sequence[Route]:
        declared = self._declared
        module, _, name = declared.routes.partition(":")
        try:
            found = getattr(import_module(module), name)
        except Exception as error:  # a module of a third party can raise anything
            raise self._error(f"it cannot be imported: {type(error).__name__}: {error}") from error
        if not isinstance(found, Routes) or found.group != declared.group:
            raise self._error(f"it is no Routes of the group {declared.group!r}")
        routes = list(found)
        lines = [f"{route.method.upper()} {route.path}" for route in routes]
        if lines != list(declared.operations):
            raise self._error(f"its operations are {lines}")
        for line, route in zip(lines, routes, strict=True):
            if route.public != declared.public or (route.max_body or 0) > (declared.max_body or 0):
                raise self._error(f"{line!r} is public, or takes a larger body, otherwise than declared")
        return routes

    def _error(self, fault: str) -> PluginError:
        message = f"routes {self._declared.routes!r} of plugin {self._plugin!r}: {fault}"
        return PluginError(message, hint=f"update or deny the plugin {self._plugin!r}")
