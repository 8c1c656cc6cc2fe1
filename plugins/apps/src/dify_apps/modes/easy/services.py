"""What the easy modes need of other plugins, gathered once per runtime."""

from dataclasses import dataclass

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk import Runtime, Services
from dify_runtime_sdk.secrets import TenantSecrets

from ...features.annotations import StoredAnnotations
from ...features.api_extensions import ApiExtensions
from ...features.external_data import ExternalData
from ...features.moderation import Moderations
from ...features.output_guard import BUFFER
from ...features.similar_annotations import EmbeddedAnnotations
from .calling import ModelCaller
from .config import Configs
from .knowledge import Knowledge
from .memory import Threads
from .naming import Naming
from .replying import Replying
from .speech import Speaking
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


async def easy_services(runtime: Runtime, *, buffer: int = BUFFER) -> EasyServices:
    """Make the parts; `buffer` counts the characters between two looks of output moderation."""
    services = runtime.services
    database, files = await services.get(Database), await services.get(Files)
    extensions = ApiExtensions(services, database, await services.get(TenantSecrets))
    annotations = StoredAnnotations(database, EmbeddedAnnotations(services))
    knowledge, models, threads = Knowledge(services), ModelCaller(services), Threads(database, files)
    steps = Steps(
        Moderations(services, extensions),
        annotations,
        ExternalData(services, extensions),
        knowledge,
        buffer=buffer,
    )
    return EasyServices(
        services=services,
        database=database,
        turns=Turns(Configs(), files, database),
        steps=steps,
        models=models,
        threads=threads,
        replying=Replying(models, threads),
        knowledge=knowledge,
        naming=Naming(models, database, runtime.spawn),
        speaking=Speaking(services),
    )
