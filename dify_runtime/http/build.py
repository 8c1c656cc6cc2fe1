"""From contributions to an application. Pure construction: nothing outlives a build that fails."""

import logging
from functools import cached_property
from typing import cast

from flask.json.provider import DefaultJSONProvider
from quart import Quart

from dify_runtime_sdk.http import ASGIApp, LazyRoutes, Routes

from ..errors import ContributionFailed
from .app import HttpApp
from .connection import Connection
from .contributions import HttpContributions
from .descriptions import Descriptions
from .docs import add_docs
from .edge import Door, Edge
from .errors import Errors
from .groups import GroupTable, expect
from .requests import RuntimeRequest
from .root_page import add_root_page
from .routing import RouteTable
from .rules import RuntimeRule
from .settings import HttpSettings


class RuntimeQuart(Quart):
    """Quart with the host's classes, and with a logger that brings no handler of its own."""

    request_class = RuntimeRequest
    url_rule_class = RuntimeRule
    asgi_http_class = Connection

    @cached_property
    def logger(self) -> logging.Logger:
        """The logger of unhandled exceptions."""
        return logging.getLogger(__package__)


def build_app(contributions: HttpContributions, settings: HttpSettings) -> HttpApp:
    """Build the application; may be called again and again.

    Raises `ContributionFailed` for the first plugin whose contribution is wrong, naming it and what to do.
    """
    groups = GroupTable(contributions)
    quart = _make_quart(settings)
    _configure(quart, contributions)
    errors = Errors(groups, quart)
    table = RouteTable(groups, contributions.view)
    descriptions = Descriptions(groups, table)
    pages = add_docs(table, groups, descriptions, contributions.view)
    for plugin, routes in contributions.routes:
        if isinstance(routes, LazyRoutes):
            table.add_lazy(plugin, routes)
            continue
        for route in expect(plugin, "routes", routes, Routes):
            table.add(plugin, route)
    add_root_page(table, pages)
    table.install(quart, settings.HTTP_MAX_BODY_BYTES)
    asgi = _wrap(Door(cast("ASGIApp", quart), groups), contributions)
    return HttpApp(
        Edge(asgi, groups, errors),
        quart,
        {group.name: group.declared for group in groups},
        tuple(table),
        descriptions,
    )


def _make_quart(settings: HttpSettings) -> Quart:
    quart = RuntimeQuart(__name__, static_folder=None, template_folder=None)
    quart.config.update(
        BODY_TIMEOUT=settings.HTTP_BODY_TIMEOUT or None,
        RESPONSE_TIMEOUT=settings.HTTP_RESPONSE_TIMEOUT or None,
        # Whatever QUART_DEBUG says in the environment: a traceback never leaves the server.
        DEBUG=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    if isinstance(quart.json, DefaultJSONProvider):
        quart.json.sort_keys = False  # answers keep the order in which they were made
    return quart


def _configure(quart: Quart, contributions: HttpContributions) -> None:
    for plugin, configure in contributions.configure:
        try:
            configure(quart)
        except ContributionFailed:
            raise
        except Exception as error:
            raise ContributionFailed(plugin, f"hook 'configure_app' raised {error!r}") from error


def _wrap(app: ASGIApp, contributions: HttpContributions) -> ASGIApp:
    """The middleware around the application, the first plugin's outermost."""
    for plugin, middleware in reversed(contributions.middleware):
        try:
            app = middleware(app)
        except Exception as error:
            raise ContributionFailed(plugin, f"its ASGI middleware raised {error!r} when made") from error
        if not callable(app):
            raise ContributionFailed(
                plugin, "its ASGI middleware returned no application", hint="return an async callable"
            )
    return app
