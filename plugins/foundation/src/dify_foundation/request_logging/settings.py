"""Settings of the plugin `request-logging`."""

from pydantic import Field

from dify_runtime_sdk import Settings


class RequestLoggingSettings(Settings):
    """Whether requests are logged."""

    ENABLE_REQUEST_LOGGING: bool = Field(
        False, description="Log a line per request; at LOG_LEVEL=DEBUG also JSON bodies, shortened and without secrets."
    )
