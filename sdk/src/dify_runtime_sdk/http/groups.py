"""Blueprint groups: a prefix with one CORS policy, one authenticator and one error shape."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from .errors import ErrorShape, StandardErrors

if TYPE_CHECKING:
    from .routes import RequestContext

ROOT: Final = "root"
"""The group without a prefix, brought by the host: `/`, `/health` and the like; no CORS, no authentication."""


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """Which pages of other origins may call a group. The answer names the request's own origin, with `Vary: Origin`.

    `origins` are exact origins, or `*` for any.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...] = ()
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request, as an authenticator found out. Ids are the text of UUIDs; `app_id` is the app of a key."""

    tenant_id: str | None = None
    user_id: str | None = None
    user_type: str | None = None
    app_id: str | None = None


class Authenticator(Protocol):
    """Finds out who makes a request to a group."""

    async def authenticate(self, context: "RequestContext") -> Identity:
        """The identity behind the request; called once per request, before the body is read.

        Raises an `HttpError` (usually `Unauthorized` or `Forbidden`) to refuse. May await look-ups, must not block.
        """
        ...


@dataclass(frozen=True, slots=True)
class GroupAuthenticator:
    """The authenticator of a group, contributed by the hook `authenticators`; one per group."""

    group: str
    authenticator: Authenticator


@dataclass(frozen=True, slots=True)
class ApiDocs:
    """Where a group's OpenAPI description and its page are served, below the prefix."""

    document: str = "/swagger.json"
    page: str = "/swagger-ui.html"


@dataclass(frozen=True, slots=True)
class BlueprintGroup:
    """A group of routes under one prefix; contributed by the hook `blueprint_groups`.

    `aliases` are further prefixes that answer alike. Without `cors` no CORS header is ever sent. `docs` None serves no
    description.
    """

    name: str
    prefix: str
    aliases: tuple[str, ...] = ()
    cors: CorsPolicy | None = None
    errors: ErrorShape = field(default_factory=StandardErrors)
    authenticator: Authenticator | None = None
    docs: ApiDocs | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ApiDocsPage:
    """Shows the description of a group to people; one plugin offers it as a service under this class.

    `render(group, root_path)` returns the HTML page of a group that has `docs`. The group's document is at
    `root_path + group.prefix + group.docs.document`, where `root_path` is what the server is mounted at, usually
    nothing. Called on the event loop, so pure and quick. Where no plugin offers it, no group's docs are served: neither
    page nor document.
    """

    render: Callable[[BlueprintGroup, str], str]
