"""What makes the plugin's services, each at its first look-up; SQLAlchemy comes with them."""

from typing import TYPE_CHECKING

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.secrets import UrlSigner
from dify_runtime_sdk.storage import Storage

from .api import ToolFiles
from .settings import FilesSettings

if TYPE_CHECKING:
    from .services.granted import GrantedFiles
    from .services.links import Links
    from .services.objects import Objects
    from .services.remote import RemoteFiles
    from .services.rows import FileRows
    from .services.tool_files import ToolFilesService
    from .services.uploads import FilesService
    from .services.workflow_files import WorkflowFilesService


async def make_files(runtime: Runtime) -> "FilesService":
    """The service `Files`."""
    from .domain.kinds import SizeLimits
    from .services.inputs import Inputs
    from .services.uploads import FilesService

    settings, links, rows = runtime.settings(FilesSettings), await _links(runtime), await _rows(runtime)
    inputs = Inputs(rows, _remote(runtime), links, number_limit=settings.WORKFLOW_FILE_UPLOAD_LIMIT)
    return FilesService(
        rows,
        await _objects(runtime),
        links,
        inputs,
        limits=SizeLimits.of(settings),
        blocked=settings.UPLOAD_FILE_EXTENSION_BLACKLIST,
    )


async def make_tool_files(runtime: Runtime) -> "ToolFilesService":
    """The service `ToolFiles`."""
    from .domain.kinds import SizeLimits
    from .services.tool_files import ToolFilesService

    limit = SizeLimits.of(runtime.settings(FilesSettings)).largest
    return ToolFilesService(await _rows(runtime), await _objects(runtime), await _links(runtime), limit=limit)


async def make_workflow_files(runtime: Runtime) -> "WorkflowFilesService":
    """The service `WorkflowFiles`."""
    from .domain.kinds import SizeLimits
    from .services.workflow_files import WorkflowFilesService

    return WorkflowFilesService(
        await _rows(runtime),
        await _objects(runtime),
        _remote(runtime),
        await runtime.services.get(ToolFiles),
        await _links(runtime),
        SizeLimits.of(runtime.settings(FilesSettings)),
    )


async def make_granted(runtime: Runtime) -> "GrantedFiles":
    """The service `GrantedFiles`, for holders of links."""
    from .services.granted import GrantedFiles

    return GrantedFiles(await _rows(runtime), await runtime.services.get(UrlSigner))


async def _rows(runtime: Runtime) -> "FileRows":
    from .services.rows import FileRows

    return FileRows(await runtime.services.get(Database))


async def _objects(runtime: Runtime) -> "Objects":
    from .services.objects import Objects

    return Objects(await runtime.services.get(Storage))


async def _links(runtime: Runtime) -> "Links":
    from .services.links import Links

    settings = runtime.settings(FilesSettings)
    signer = await runtime.services.get(UrlSigner)
    return Links(signer, public=settings.public_url, internal=settings.internal_url)


def _remote(runtime: Runtime) -> "RemoteFiles":
    from .services.remote import RemoteFiles

    return RemoteFiles(runtime.services)
