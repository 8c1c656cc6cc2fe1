"""Settings of the API docs."""

from pydantic import Field

from dify_runtime_sdk import Settings


class ApiDocsSettings(Settings):
    """Whether API docs are served."""

    SWAGGER_UI_ENABLED: bool = Field(True, description="Serve each group's OpenAPI document and its docs page")
