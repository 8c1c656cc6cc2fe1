"""Settings of the group `web`."""

from pydantic import Field

from ..docs_settings import DocsSettings


class GroupWebSettings(DocsSettings):
    """Which pages may call the web app API."""

    WEB_API_CORS_ALLOW_ORIGINS: str = Field(
        "*", description="Comma list of origins whose pages may call the web app API; * = any"
    )
