"""What the modes that run a graph need from other plugins."""

from typing import Any

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.secrets import TenantSecrets
from dify_workflow import WorkflowEngine

from ...reading import AppReader


async def graph_services(runtime: Runtime) -> dict[str, Any]:
    """The arguments of their constructors."""
    get = runtime.services.get
    return {
        "engine": await get(WorkflowEngine),
        "reader": await get(AppReader),
        "files": await get(Files),
        "secrets": await get(TenantSecrets),
        "database": await get(Database),
    }
