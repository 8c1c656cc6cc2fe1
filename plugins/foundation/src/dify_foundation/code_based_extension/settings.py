"""Settings of the plugin `code-based-extension`."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from dify_runtime_sdk import Settings


class CodeBasedExtensionSettings(Settings):
    """Where the operator's own extensions are."""

    CODE_BASED_EXTENSION_DIR: Path | None = Field(
        None,
        description="Directory of the operator's Python extensions, moderation/<name>/<name>.py and "
        "external_data_tool/<name>/<name>.py; unset: `extensions` in the home directory. It is trusted code.",
    )

    @field_validator("CODE_BASED_EXTENSION_DIR", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value
