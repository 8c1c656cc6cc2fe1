"""The declaration of the plugin."""

from pathlib import Path
from typing import Any

from dify_database import Migrations
from dify_runtime_sdk import Plugin, Service, hookimpl

from .settings import FilesSettings


class FilesPlugin(Plugin):
    """Uploads, files that tools make, signed links, and files as inputs of apps."""

    requires = ("database", "migrations", "storage", "secrets", "egress")
    settings = FilesSettings

    @hookimpl
    def migrations(self) -> list[Migrations]:
        """Bring the tables."""
        return [Migrations(Path(__file__).parent / "migrations" / "versions", "dify_files.tables:METADATA", "0001")]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the use cases, and to this distribution's own routes what signed links open."""
        from dify_runtime_sdk.workflow.files import WorkflowFiles

        from . import factories
        from .api import Files, ToolFiles
        from .services.granted import GrantedFiles

        return [
            Service(Files, factories.make_files),
            Service(ToolFiles, factories.make_tool_files),
            Service(WorkflowFiles, factories.make_workflow_files),
            Service(GrantedFiles, factories.make_granted),
        ]
