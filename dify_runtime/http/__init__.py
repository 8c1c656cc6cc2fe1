"""The HTTP layer: turns what plugins contribute into one ASGI application."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import HttpApp
    from .build import build_app
    from .contributions import HttpContributions
    from .routing import BoundRoute
    from .settings import HttpSettings

__all__ = ["BoundRoute", "HttpApp", "HttpContributions", "HttpSettings", "build_app"]

_HOMES = {
    "BoundRoute": "routing",
    "HttpApp": "app",
    "HttpContributions": "contributions",
    "HttpSettings": "settings",
    "build_app": "build",
}


def __getattr__(name: str) -> Any:
    # Lazy, so that `dify_runtime.http.settings` is to be had without importing Quart.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
