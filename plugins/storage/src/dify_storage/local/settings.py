"""Settings of the plugin `storage-local`."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from dify_runtime_sdk import Settings


class StorageLocalSettings(Settings):
    """Where local files go."""

    STORAGE_LOCAL_PATH: Path | None = Field(
        None,
        description="Directory of the back end local. Unset: `storage` in the working directory with "
        "STORAGE_TYPE=local, in the home when STORAGE_TYPE is unset too.",
    )

    @field_validator("STORAGE_LOCAL_PATH", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value
