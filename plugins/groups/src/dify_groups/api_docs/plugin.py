"""API docs: a Swagger UI page for every group that has docs."""

from collections.abc import Iterable
from typing import Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl
from dify_runtime_sdk.http import ApiDocsPage, Routes

from .settings import ApiDocsSettings


class ApiDocsPlugin(Plugin):
    """Offers the docs page, whose presence makes the host serve the docs of groups; brings the page's assets."""

    settings = ApiDocsSettings
    roles = frozenset(("api",))

    @hookimpl
    def services(self, runtime: Runtime) -> Iterable[Service[Any]]:
        """The page, unless switched off."""
        if runtime.settings(ApiDocsSettings).SWAGGER_UI_ENABLED:
            yield Service(ApiDocsPage, _make_page)

    @hookimpl
    def routes(self, runtime: Runtime) -> Iterable[Routes]:
        """The page's scripts and styles, unless switched off."""
        if runtime.settings(ApiDocsSettings).SWAGGER_UI_ENABLED:
            from .assets import routes

            yield routes()


def _make_page(_runtime: Runtime) -> ApiDocsPage:
    from .page import render

    return ApiDocsPage(render)
