"""Settings of the plugin `compress`."""

from pydantic import Field

from dify_runtime_sdk import Settings


class CompressSettings(Settings):
    """Whether responses are compressed."""

    API_COMPRESSION_ENABLED: bool = Field(False, description="Compress responses for clients that accept gzip.")
