"""What the modes with conversations have in common, made once per runtime."""

from dataclasses import dataclass

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.secrets import TenantSecrets

from ...features.annotations import StoredAnnotations
from ...features.api_extensions import ApiExtensions
from ...features.moderation import Moderations
from ...features.similar_annotations import EmbeddedAnnotations
from ...settings import AppsSettings
from ..speaking import Speaking
from .naming import Naming
from .screening import Screening


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationParts:
    """The parts."""

    extensions: ApiExtensions
    screening: Screening
    naming: Naming
    speaking: Speaking


async def conversation_parts(runtime: Runtime) -> ConversationParts:
    """Make the parts."""
    services = runtime.services
    database = await services.get(Database)
    extensions = ApiExtensions(services, database, await services.get(TenantSecrets))
    annotations = StoredAnnotations(database, EmbeddedAnnotations(services))
    buffer = runtime.settings(AppsSettings).MODERATION_BUFFER_SIZE
    return ConversationParts(
        extensions=extensions,
        screening=Screening(Moderations(services, extensions), annotations, buffer=buffer),
        naming=Naming(services, database, runtime.spawn),
        speaking=Speaking(services),
    )
