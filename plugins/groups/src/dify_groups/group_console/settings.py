"""Settings of the group `console`."""

from pydantic import AliasChoices, Field

from ..docs_settings import DocsSettings


class GroupConsoleSettings(DocsSettings):
    """Which pages may call the console API."""

    CONSOLE_CORS_ALLOW_ORIGINS: str = Field(
        "",
        validation_alias=AliasChoices("CONSOLE_CORS_ALLOW_ORIGINS", "CONSOLE_WEB_URL"),
        description="Comma list of origins whose pages may call the console API; falls back to CONSOLE_WEB_URL",
    )
