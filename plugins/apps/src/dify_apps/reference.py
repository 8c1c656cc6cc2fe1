"""The reference of the Service API's operations, written from the routes.

python -m dify_apps.reference docs/reference/service-api.md
"""

import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dify_runtime_sdk.http import Route

_HEAD: Final = """\
# Service API

What an app's API key opens, below `/v1`. The header is `Authorization: Bearer app-…`; `dify-runtime keys create` makes
one. Bodies, answers and events are Dify's; where they differ, [differences](differences.md) says why.
`/v1/swagger.json` describes every operation in full, and `/v1/swagger-ui.html` shows it.

With `response_mode: streaming` the answer is a stream of events, each with an id. A client that was cut off gets the
rest of a run from `GET /v1/workflow/{run}/events` with the header `Last-Event-ID`.
"""


def render(groups: "Iterable[Iterable[Route]]") -> str:
    """The page: one table per subject."""
    tables = [_table(list(routes)) for routes in groups]
    return "\n".join([_HEAD, *tables])


def _table(routes: "Sequence[Route]") -> str:
    title = routes[0].tags[0] if routes and routes[0].tags else "Others"
    rows = [f"| {route.method} | `{_path(route.path)}` | {route.summary} |" for route in routes]
    return "\n".join([f"## {title}", "", "| method | path | what it does |", "|---|---|---|", *rows, ""])


def _path(path: str) -> str:
    """The path with its parameters as people write them: `/x/{id}`."""
    parts = (part.rpartition(":")[2].rstrip(">") if part.startswith("<") else part for part in path.split("/"))
    names = zip(path.split("/"), parts, strict=True)
    return "/".join(f"{{{name.lstrip('<')}}}" if raw.startswith("<") else name for raw, name in names)


def service_groups() -> "list[Iterable[Route]]":
    """The routes of the Service API, subject by subject; imports them."""
    from .routes.service import service_routes

    return [resolve_name(lazy.routes) for lazy in service_routes()]


def main(target: Path) -> None:
    """Write the page."""
    target.write_text(render(service_groups()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
