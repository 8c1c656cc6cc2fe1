"""The setting that all documented groups share."""

from pydantic import Field

from dify_runtime_sdk import Settings
from dify_runtime_sdk.http import ApiDocs


class DocsSettings(Settings):
    """Where a group's API docs page is."""

    SWAGGER_UI_PATH: str = Field(
        "/swagger-ui.html", pattern=r"^/[^<>]+$", description="Path of the API docs page, below each group's prefix"
    )

    def api_docs(self) -> ApiDocs:
        """The docs of a group; whether they are served is the plugin api-docs' to say."""
        return ApiDocs(page=self.SWAGGER_UI_PATH)
