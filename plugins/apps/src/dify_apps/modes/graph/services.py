"""What the modes that run a graph need from other plugins."""

from dataclasses import dataclass

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.secrets import TenantSecrets
from dify_workflow import WorkflowEngine

from ...api import RunRequest
from ...reading import AppReader
from ...settings import AppsSettings
from .shapes import CutLimits, Shape, shape_for


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphServices:
    """The services."""

    engine: WorkflowEngine
    reader: AppReader
    files: Files
    secrets: TenantSecrets
    database: Database
    limits: CutLimits

    def shape(self, request: RunRequest) -> Shape | None:
        """What the caller is told of events; None for everything."""
        return shape_for(request, self.limits)


async def graph_services(runtime: Runtime) -> GraphServices:
    """Look them up."""
    get = runtime.services.get
    return GraphServices(
        engine=await get(WorkflowEngine),
        reader=await get(AppReader),
        files=await get(Files),
        secrets=await get(TenantSecrets),
        database=await get(Database),
        limits=CutLimits.of(runtime.settings(AppsSettings)),
    )
