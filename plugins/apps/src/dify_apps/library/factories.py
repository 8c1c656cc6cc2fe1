"""What makes the service `AppLibrary` at its first look-up; SQLAlchemy and the reader of app files come with it."""

from typing import TYPE_CHECKING

from dify_accounts import ApiKeys, Tenants
from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.secrets import TenantSecrets

from ..settings import AppsSettings

if TYPE_CHECKING:
    from .service import AppLibraryService


async def make_library(runtime: Runtime) -> "AppLibraryService":
    """The service `AppLibrary`."""
    from .exporting import Exporter
    from .files import FileApplier
    from .importing import Importer
    from .plugins_used import PluginCheck
    from .service import AppLibraryService
    from .variables import SecretVariables

    get = runtime.services.get
    database = await get(Database)
    secrets = SecretVariables(await get(Tenants), await get(TenantSecrets))
    plugins = PluginCheck(runtime)
    encrypt_ids = runtime.settings(AppsSettings).DSL_EXPORT_ENCRYPT_DATASET_ID
    return AppLibraryService(
        database,
        await get(ApiKeys),
        Importer(database, await get(Cache), secrets, plugins),
        FileApplier(database, secrets, plugins),
        Exporter(database, secrets, plugins, encrypt_ids=encrypt_ids),
    )
