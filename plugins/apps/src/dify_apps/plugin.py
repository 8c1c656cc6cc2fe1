"""The declaration of the plugin."""

from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dify_database import Migrations
from dify_runtime_sdk import Command, Plugin, Registry, Runtime, Service, hookimpl

from .api import AppHooks, AppModeOffer, Generator
from .library import AppLibrary
from .settings import AppsSettings


class AppsPlugin(Plugin):
    """Apps, their runs, and the extension point `app_modes`."""

    requires = ("database", "migrations", "cache", "accounts", "files", "workflow", "secrets")
    settings = AppsSettings

    def __init__(self) -> None:
        self._modes: Registry[AppModeOffer] = Registry("app mode")

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer `app_modes`."""
        return [AppHooks]

    @hookimpl
    def migrations(self) -> list[Migrations]:
        """Bring the tables."""
        return [Migrations(Path(__file__).parent / "migrations" / "versions", "dify_apps.tables:METADATA", "0004")]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer `Generator`, `AppReader` and `AppLibrary`."""
        from . import factories
        from .library.factories import make_library
        from .reading import AppReader

        make_generator = asynccontextmanager(factories.make_generator)
        return [
            Service(Generator, lambda runtime: make_generator(runtime, self._modes)),
            Service(AppReader, factories.make_reader),
            Service(AppLibrary, make_library),
        ]

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the command `apps`."""
        return [Command("apps", "dify_apps.commands:apps", "Apps: import, export, publish, compare, copy, delete.")]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect the modes."""
        for plugin, mode in runtime.contributions("app_modes"):
            self._modes.add(mode.name, mode, owner=plugin)

    async def start(self, runtime: Runtime) -> None:
        """Take part in the runs: also in those that another process left behind."""
        if "api" in runtime.roles:
            await runtime.services.get(Generator)
