"""The table of routes: checks what plugins contribute, and puts it into Quart."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from quart import Quart

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import LazyRoutes, Route

from ..errors import ContributionFailed
from .answers import make_answer
from .groups import Group, GroupTable
from .lazy import Operation, RouteModule, operation_of
from .paths import RulePath, parse_rule
from .requests import body_reader, query_reader
from .signature import Signature, Unbindable, read_signature
from .views import Call, View, make_view


@dataclass(frozen=True, slots=True)
class BoundRoute:
    """A route in its place. `path` and `aliases` are full paths, in Werkzeug's rule syntax."""

    plugin: str
    group: str
    path: str
    aliases: tuple[str, ...]
    public: bool
    operation: Operation

    @property
    def method(self) -> str:
        """The method, in upper case."""
        return self.operation.method

    @property
    def route(self) -> Route:
        """The route, its module imported now if it is not there; raises `PluginError`."""
        return self.operation.load()[0]

    @property
    def signature(self) -> Signature:
        """The signature of its handler, likewise."""
        return self.operation.load()[1]

    @property
    def label(self) -> str:
        """The route as error messages name it."""
        return f"{self.method} {self.path}"


class RouteTable:
    """Collects routes; every one is checked against the groups and against those already there."""

    def __init__(self, groups: GroupTable, view: Callable[[str], Runtime]) -> None:
        self._groups = groups
        self._view = view
        self._routes: list[BoundRoute] = []
        self._taken: dict[tuple[str, str], BoundRoute] = {}

    def __iter__(self) -> Iterator[BoundRoute]:
        return iter(self._routes)

    def has(self, method: str, path: str) -> bool:
        """Whether somebody serves this method at this full path."""
        return (method, parse_rule(path).key) in self._taken

    def add(self, plugin: str, route: Route) -> None:
        """Check one route and keep it; raises `ContributionFailed` against `plugin`."""
        self._add(plugin, route.group, operation_of(route, lambda: self._bind(plugin, route)))

    def add_lazy(self, plugin: str, routes: LazyRoutes) -> None:
        """Check the operations that are declared, and keep them; raises `ContributionFailed` against `plugin`."""
        for operation in RouteModule(plugin, routes, self._bind).operations():
            self._add(plugin, routes.group, operation)

    def _add(self, plugin: str, group_name: str, operation: Operation) -> None:
        label = _label(operation)
        group = self._groups.named(plugin, group_name, label)
        if not operation.path.startswith("/") and (operation.path or group is self._groups.root):
            raise ContributionFailed(plugin, f"{label}: the path does not begin with a slash", hint="add the slash")
        paths = [parse_rule(prefix + operation.path) for prefix in group.prefixes]
        for path in paths:
            self._check_place(plugin, label, group, path)
        public = self._is_public(plugin, label, group, operation)
        if not operation.lazy:
            operation.load()
        rules = [path.rule for path in paths]
        bound = BoundRoute(plugin, group.name, rules[0], tuple(rules[1:]), public, operation)
        for path in paths:
            self._take(bound, path)
        group.own_options = group.own_options or bound.method == "OPTIONS"
        self._routes.append(bound)

    def _bind(self, plugin: str, route: Route) -> Signature:
        """The signature of a route's handler; raises `ContributionFailed`."""
        group = self._groups.named(plugin, route.group, route.path)
        try:
            return read_signature(route, parse_rule(group.prefixes[0] + route.path))
        except Unbindable as error:
            name = getattr(route.handler, "__qualname__", repr(route.handler))
            label = f"route {route.method.upper()} {route.path!r}"
            raise ContributionFailed(plugin, f"handler {name!r} of {label}: {error.reason}", hint=error.hint) from error

    def _check_place(self, plugin: str, label: str, group: Group, path: RulePath) -> None:
        """A path that begins inside another group's prefix would get that group's CORS and errors."""
        owner = self._groups.find(path.head if path.head == path.rule else path.head.rpartition("/")[0] or "/")
        if owner is not group:
            raise ContributionFailed(
                plugin,
                f"{label} of group {group.name!r} is below the prefix of group {owner.name!r}",
                hint=f"contribute it into group {owner.name!r}, or change its path",
            )

    def _is_public(self, plugin: str, label: str, group: Group, operation: Operation) -> bool:
        if operation.public or group.authenticator is not None:
            return operation.public
        if group is self._groups.root:
            return True
        raise ContributionFailed(
            plugin,
            f"{label} needs an authenticator, and group {group.name!r} has none",
            hint="make the route public, or install a plugin that contributes the group's authenticator",
        )

    def _take(self, bound: BoundRoute, path: RulePath) -> None:
        methods = (bound.method, "HEAD") if bound.method == "GET" else (bound.method,)
        for method in methods:
            taken = self._taken.setdefault((method, path.key), bound)
            if taken is not bound:
                raise ContributionFailed(
                    bound.plugin,
                    f"{method} {path.rule} is already served by plugin {taken.plugin!r}"
                    + (f" ({taken.label} answers HEAD too)" if taken.method != method else ""),
                    hint="change the path, or deny one of the plugins",
                )

    def install(self, quart: Quart, default_limit: int) -> None:
        """Add all routes to `quart`, whose body limit becomes the highest of any route."""
        own_limits = [bound.operation.max_body for bound in self._routes if bound.operation.max_body is not None]
        quart.config["MAX_CONTENT_LENGTH"] = max([default_limit, *own_limits])
        for number, bound in enumerate(self._routes):
            endpoint = f"{bound.group}:{number}"
            make = self._first_view if bound.operation.lazy else self._own_view
            view = make(quart, bound, default_limit, endpoint)
            for rule in (bound.path, *bound.aliases):
                # None lets Quart answer OPTIONS; False leaves it to the route that does.
                automatic = False if ("OPTIONS", parse_rule(rule).key) in self._taken else None
                _add_rule(quart, bound, rule, endpoint, view, automatic)

    def _first_view(self, quart: Quart, bound: BoundRoute, default_limit: int, endpoint: str) -> View:
        """A view that imports the route, puts the route's own view into its place, and answers with that."""

        async def view(**arguments: Any) -> Any:
            await asyncio.to_thread(bound.operation.load)  # an import takes longer than the event loop may be held up
            own = quart.view_functions[endpoint] = self._own_view(quart, bound, default_limit, endpoint)
            return await own(**arguments)

        return view

    def _own_view(self, quart: Quart, bound: BoundRoute, default_limit: int, _endpoint: str) -> View:
        limit = default_limit if bound.route.max_body is None else bound.route.max_body
        ceiling = quart.config["MAX_CONTENT_LENGTH"]
        return make_view(self._call(quart, bound, None if limit == ceiling else limit))

    def _call(self, quart: Quart, bound: BoundRoute, limit: int | None) -> Call:
        group = self._groups.named(bound.plugin, bound.group, bound.label)
        route, signature = bound.route, bound.signature
        body, query = signature.body, signature.query
        return Call(
            route.handler,
            self._view(bound.plugin),
            group.name,
            make_answer(quart, route.status, route.timeout),
            authenticator=None if bound.public else group.authenticator,
            read_body=body_reader(body, signature.optional_body, quart.json.loads) if body else None,
            read_query=query_reader(query) if query else None,
            max_body=limit,
            owns=self._owner_check(group, (bound.path, *bound.aliases)),
        )

    def _owner_check(self, group: Group, rules: Iterable[str]) -> Callable[[str], bool] | None:
        """What tells a group's own paths from those of other groups, where a rule's variables match both."""
        paths = [parse_rule(rule) for rule in rules]
        if not any(path.variables and self._groups.nested_below(path.head, group) for path in paths):
            return None
        return lambda path: self._groups.find(path) is group


def _label(operation: Operation) -> str:
    return f"route {operation.method} {operation.path!r}"


def _check_variables(rule: str) -> None:
    names = [variable.name for variable in parse_rule(rule).variables]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} stands in it twice")


def _add_rule(
    quart: Quart, bound: BoundRoute, rule: str, endpoint: str, view: View, automatic_options: bool | None
) -> None:
    try:
        _check_variables(rule)
        quart.add_url_rule(rule, endpoint, view, methods=[bound.method], provide_automatic_options=automatic_options)
    except Exception as error:  # Werkzeug's own, and what a contributed converter raises
        raise ContributionFailed(
            bound.plugin, f"route {bound.label!r} has a malformed path: {error}", hint="write it as a Werkzeug rule"
        ) from error
