"""HTML: the templates, and the headers of every page."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from quart import Response

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing is loaded from elsewhere, nothing inline runs, nobody frames the page."""


class Looks:
    """Renders the templates; every value is escaped."""

    def __init__(self) -> None:
        folder = Path(__file__).parents[1] / "templates"
        self._templates = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def page(self, template: str, *, root: str, status: int = 200, **values: Any) -> Response:
        """A page; `root` is what the server is mounted at."""
        html = self._templates.get_template(template).render(root=root, **values)
        return Response(html, status, HEADERS, content_type="text/html; charset=utf-8")
