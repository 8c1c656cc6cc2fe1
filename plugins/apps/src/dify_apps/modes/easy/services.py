"""What the easy modes need of other plugins, gathered once per runtime."""

from dataclasses import dataclass

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk import Runtime, Services

from ...features.external_data import ExternalData
from ..chat.naming import Naming
from ..chat.parts import ConversationParts
from ..speaking import Speaking
from .calling import ModelCaller
from .config import Configs
from .knowledge import Knowledge
from .memory import Threads
from .replying import Replying
from .steps import Steps
from .turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class EasyServices:
    """The parts of the easy modes."""

    services: Services
    database: Database
    turns: Turns
    steps: Steps
    models: ModelCaller
    threads: Threads
    replying: Replying
    knowledge: Knowledge
    naming: Naming
    speaking: Speaking


async def easy_services(runtime: Runtime, common: ConversationParts) -> EasyServices:
    """Make the parts; `common` are those of all modes with conversations."""
    services = runtime.services
    database, files = await services.get(Database), await services.get(Files)
    knowledge, models, threads = Knowledge(services), ModelCaller(services), Threads(database, files)
    return EasyServices(
        services=services,
        database=database,
        turns=Turns(Configs(), files, database),
        steps=Steps(common.screening, ExternalData(services, common.extensions), knowledge),
        models=models,
        threads=threads,
        replying=Replying(models, threads),
        knowledge=knowledge,
        naming=common.naming,
        speaking=common.speaking,
    )
