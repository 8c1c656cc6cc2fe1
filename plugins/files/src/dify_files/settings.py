"""The settings of the plugin."""

from typing import Annotated

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import NoDecode

from dify_runtime_sdk import Settings


class FilesSettings(Settings):
    """Where file links point, and what may be uploaded. Sizes are megabytes of 1,048,576 bytes."""

    FILES_URL: str = Field(
        "",
        validation_alias=AliasChoices("FILES_URL", "CONSOLE_API_URL"),
        description="Public address that file links begin with; unset: links are relative to this server",
    )
    INTERNAL_FILES_URL: str = Field(
        "", description="Address of file links for servers of this site; unset: that of `FILES_URL`"
    )
    UPLOAD_FILE_SIZE_LIMIT: int = Field(15, ge=0, description="Largest document, and file of no other kind, megabytes")
    UPLOAD_IMAGE_FILE_SIZE_LIMIT: int = Field(10, ge=0, description="Largest image, megabytes")
    UPLOAD_VIDEO_FILE_SIZE_LIMIT: int = Field(100, ge=0, description="Largest video, megabytes")
    UPLOAD_AUDIO_FILE_SIZE_LIMIT: int = Field(50, ge=0, description="Largest audio file, megabytes")
    WORKFLOW_FILE_UPLOAD_LIMIT: int = Field(10, gt=0, description="Most files of one input")
    UPLOAD_FILE_EXTENSION_BLACKLIST: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="Extensions that are refused (comma list, such as `exe,bat`)"
    )

    @field_validator("UPLOAD_FILE_EXTENSION_BLACKLIST", mode="before")
    @classmethod
    def _extensions(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = (part.strip().lower().strip(".") for part in value.split(","))
        return frozenset(extension for extension in found if extension)

    @property
    def public_url(self) -> str:
        """What public links begin with, without a slash at the end."""
        return self.FILES_URL.rstrip("/")

    @property
    def internal_url(self) -> str:
        """What links for servers of this site begin with, without a slash at the end."""
        return self.INTERNAL_FILES_URL.rstrip("/") or self.public_url
