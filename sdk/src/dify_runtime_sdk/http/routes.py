"""Routes: typed handlers that a feature contributes into blueprint groups."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..runtime import Runtime
from .errors import HttpError
from .groups import Identity

if TYPE_CHECKING:
    from quart import Request

type Handler = Callable[..., Awaitable[Any]]


@dataclass(slots=True)
class RequestContext:
    """What a handler knows of its request. `identity` is set by the group's authenticator; None on public routes."""

    runtime: Runtime
    request: "Request"
    group: str
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of a group; made by `Routes`.

    `handler` is `async def handler(context, ...)`. Its further parameters are taken by name: those in `path`, `body`
    (a pydantic model, read from the JSON body) and `query` (a pydantic model, read from the query string; a list field
    takes a repeated name). It returns a pydantic model or plain data (JSON), `(that, status)`, None (204), or a Quart
    `Response`. Public routes skip the group's authenticator. `max_body` (bytes) and `timeout` (seconds, 0 = none, as
    streams need) override the server's limits.
    """

    group: str
    method: str
    path: str
    handler: Handler
    summary: str = ""
    status: int = 200
    errors: Sequence[type[HttpError]] = ()
    tags: Sequence[str] = ()
    public: bool = False
    max_body: int | None = None
    timeout: float | None = None
    documented: bool = True


class Routes:
    """Collects the routes of one feature into one group; return it (or several) from the hook `routes`.

    >>> routes = Routes("service", tag="Notes")
    >>> @routes.get("/notes/<uuid:note_id>", summary="One note")
    ... async def get_note(context: RequestContext, note_id: UUID) -> Note: ...
    """

    def __init__(self, group: str, *, tag: str | None = None, public: bool = False) -> None:
        self.group = group
        self._tags = (tag,) if tag else ()
        self._public = public
        self._routes: list[Route] = []

    def add(self, method: str, path: str, handler: Handler, **options: Any) -> None:
        """Add one handler; `options` are the further fields of `Route`."""
        options.setdefault("tags", self._tags)
        options.setdefault("public", self._public)
        self._routes.append(Route(self.group, method.upper(), path, handler, **options))

    def _method(self, method: str, path: str, options: dict[str, Any]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.add(method, path, handler, **options)
            return handler

        return register

    def get(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler of GET (and HEAD)."""
        return self._method("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler of POST."""
        return self._method("POST", path, options)

    def put(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler of PUT."""
        return self._method("PUT", path, options)

    def patch(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler of PATCH."""
        return self._method("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler of DELETE."""
        return self._method("DELETE", path, options)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)


@dataclass(frozen=True, slots=True)
class LazyRoutes:
    """`Routes` whose module is imported with the first request to one of them; return it from the hook `routes`.

    For groups of many operations: a boot pays for none of their models and services. `routes` is
    `package.module:attribute`, a `Routes` of this `group` and as `public`; `operations` lists what it holds, in its
    order, so that clashes are found at the boot: `("GET /notes", "GET /notes/<uuid:note_id>")`. `max_body` is the most
    bytes that any of them takes, where that is more than the server's limit. What does not agree is a `PluginError`
    of the first request.
    """

    group: str
    routes: str
    operations: Sequence[str]
    public: bool = False
    max_body: int | None = None
