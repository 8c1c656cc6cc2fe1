"""HTTP: the pages, what they run, and their scripts and styles."""

from pathlib import Path
from typing import Final
from uuid import UUID

from pydantic import BaseModel
from quart import Response, redirect, send_file
from werkzeug.wrappers import Response as RedirectResponse

from dify_apps.front import opening_of
from dify_apps.library import first_workplace
from dify_runtime_sdk.http import ROOT, Forbidden, NotFound, RequestContext, Routes

from ..advice import CHATS, api_docs
from ..fields import fields_of
from .access import Access, cookie_name
from .looks import HEADERS, Looks
from .overview import icon_of, overview
from .running import RunOrder, StopOrder, find_app, run_app, stop_app

_STATIC: Final = Path(__file__).parents[1] / "static"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class TokenQuery(BaseModel):
    """What the printed address holds."""

    token: str | None = None


class Pages:
    """The handlers; `access` says who gets an answer."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._looks = Looks()
        self._assets = frozenset(path.name for path in _STATIC.iterdir())

    async def home(self, context: RequestContext, query: TokenQuery) -> Response | RedirectResponse:
        """The overview; with a token, the session that it stands for."""
        root = context.request.root_path
        if query.token is not None and self._access.accepts(query.token):
            return self._enter(context)
        if not self._access.admits(context.request):
            return self._closed(root)
        docs = api_docs(context.runtime)
        return self._looks.page("home.html", root=root, docs=docs, overview=await overview(context.runtime))

    async def app(self, context: RequestContext, app_id: UUID) -> Response:
        """The page of one app."""
        root = context.request.root_path
        if not self._access.admits(context.request):
            return self._closed(root)
        try:
            app = await find_app(context.runtime, app_id)
        except NotFound:
            text = "There is no app here that can be tried: it is gone, switched off or not published."
            return self._looks.page("message.html", root=root, status=404, title="No such app", text=text)
        place = await first_workplace(context.runtime)
        record = await place.library.get(app.id, tenant_id=place.tenant_id)
        opening, suggestions = opening_of(app)
        return self._looks.page(
            "chat.html" if app.mode in CHATS else "run.html",
            root=root,
            app=record,
            icon=icon_of(record.icon_type, record.icon),
            form=[field for field in fields_of(app) if not field.hidden],
            opening=opening,
            suggestions=suggestions,
        )

    async def run(self, context: RequestContext, app_id: UUID, body: RunOrder) -> Response:
        """Run an app, and tell its events; raises `Forbidden`, `NotFound`, and what the app's mode raises."""
        self._admit_change(context)
        return await run_app(context.runtime, await find_app(context.runtime, app_id), body)

    async def stop(self, context: RequestContext, app_id: UUID, body: StopOrder) -> None:
        """Stop a run; raises `Forbidden` and `NotFound`."""
        self._admit_change(context)
        await stop_app(context.runtime, await find_app(context.runtime, app_id), body)

    async def asset(self, _context: RequestContext, name: str) -> Response:
        """A script, a style or the icon; raises `NotFound`."""
        if name not in self._assets:
            raise NotFound
        response = await send_file(_STATIC / name, mimetype=_TYPES[Path(name).suffix], conditional=True)
        response.headers.update({**HEADERS, "Cache-Control": "no-cache"})
        return response

    def _enter(self, context: RequestContext) -> RedirectResponse:
        """Open a session, and take the token out of the address."""
        response = redirect(f"{context.request.root_path}/", 303)
        response.headers.update(HEADERS)
        response.set_cookie(
            cookie_name(context.request),
            self._access.session,
            httponly=True,
            samesite="Lax",
            secure=context.request.is_secure,
            path=f"{context.request.root_path}/",
        )
        return response

    def _closed(self, root: str) -> Response:
        text = "This page is for whoever started the server: open the address that it printed."
        return self._looks.page("message.html", root=root, status=403, title="Not open to you", text=text)

    def _admit_change(self, context: RequestContext) -> None:
        if not self._access.admits_change(context.request):
            raise Forbidden


def page_routes(access: Access) -> Routes:
    """The routes; the pages see for themselves who asks."""
    pages = Pages(access)
    routes = Routes(ROOT, public=True)
    routes.add("GET", "/", pages.home, documented=False)
    routes.add("GET", "/try/<uuid:app_id>", pages.app, documented=False)
    routes.add("POST", "/try/<uuid:app_id>/run", pages.run, documented=False, timeout=0)
    routes.add("POST", "/try/<uuid:app_id>/stop", pages.stop, documented=False)
    routes.add("GET", "/welcome/<name>", pages.asset, documented=False)
    return routes
