"""What makes the plugin's services, each at its first look-up; SQLAlchemy comes with them."""

from typing import TYPE_CHECKING

from dify_database import Database, uuid4_text
from dify_runtime_sdk import Registry, Runtime
from dify_runtime_sdk.cache import Cache

from .api import AppModeOffer
from .settings import AppsSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .reading import AppReader
    from .runs.generator import GeneratorService


async def make_reader(runtime: Runtime) -> "AppReader":
    """The service `AppReader`."""
    from .reading import AppReader

    return AppReader(await runtime.services.get(Database))


async def make_generator(runtime: Runtime, offers: Registry[AppModeOffer]) -> "AsyncIterator[GeneratorService]":
    """The service `Generator`, which goes on with what dead processes left, and leaves what it cannot finish."""
    from .runs.generator import GeneratorService
    from .runs.keeper import Keeper
    from .runs.modes import Modes

    database, cache = await runtime.services.get(Database), await runtime.services.get(Cache)
    settings, alone, modes = runtime.settings(AppsSettings), runtime.embedded, Modes(offers, runtime)
    service = GeneratorService(modes, database, cache, settings, holder=uuid4_text(), alone=alone)
    keeper = Keeper(service, modes, database, alone=alone, keep=settings.RUN_EVENTS_SECONDS)
    runtime.spawn(keeper.run(), name="keep runs")
    if not alone:
        runtime.spawn(service.stopping.listen(), name="listen for runs to stop")
    yield service
    await service.close()
