"""What must be known before the file can be read."""

from pathlib import Path

from pydantic import Field

from dify_runtime_sdk import Settings


class ConfigFileSettings(Settings):
    """Bootstrap settings: read from the local layers, since the remote one is not there yet."""

    CONFIG_FILE_PATH: Path = Field(
        Path("settings.json"), description="JSON file with one object, whose members are settings"
    )
    CONFIG_FILE_INTERVAL: float = Field(5.0, gt=0, description="Time between two looks at the file, seconds")
