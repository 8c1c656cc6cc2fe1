"""Settings of the plugin `extractors`."""

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr

from dify_runtime_sdk import Settings


class ExtractorSettings(Settings):
    """Where the partition service is, and what a document may cost."""

    UNSTRUCTURED_API_URL: str | None = Field(
        None, description="Address of an Unstructured API, which reads doc, ppt and msg files"
    )
    UNSTRUCTURED_API_KEY: SecretStr | None = Field(SecretStr(""), description="API key of the Unstructured API")
    EXTRACTOR_WORKERS: PositiveInt = Field(2, description="Documents: how many are read at a time, one process each")
    EXTRACTOR_TIMEOUT: PositiveFloat = Field(60.0, description="Documents: how long one may take, seconds")
    EXTRACTOR_MEMORY_LIMIT: int = Field(1024, ge=256, description="Documents: memory of a process that reads, MiB")
    EXTRACTOR_MAX_TEXT_LENGTH: PositiveInt = Field(
        20_000_000, description="Documents: characters of a text that is extracted"
    )
