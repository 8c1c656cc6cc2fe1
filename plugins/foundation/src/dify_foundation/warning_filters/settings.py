"""Settings of the plugin `warnings`."""

from pydantic import Field

from dify_runtime_sdk import Settings


class WarningsSettings(Settings):
    """When warnings about resources are shown."""

    DEBUG: bool = Field(False, description="Verbose boot log and all Python warnings; for development.")
