"""What every config source must do: the suite of the SDK."""

from pathlib import Path

import pytest
from dify_config_file.settings import ConfigFileSettings
from dify_config_file.source import FileSource

from dify_runtime_sdk.testing import ConfigSourceSuite

VALUES = {"SMTP_PORT": "2525", "LOG_LEVEL": "DEBUG"}


class TestFileSource(ConfigSourceSuite):
    """The config source `file` keeps the contract."""

    @pytest.fixture
    def expected(self) -> dict[str, str]:
        return VALUES

    @pytest.fixture
    def source(self, tmp_path: Path) -> FileSource:
        path = tmp_path / "settings.json"
        path.write_text('{"SMTP_PORT": "2525", "LOG_LEVEL": "DEBUG"}', encoding="utf-8")
        return FileSource(ConfigFileSettings(CONFIG_FILE_PATH=path, CONFIG_FILE_INTERVAL=0.01))

    @pytest.fixture
    def dead_source(self, tmp_path: Path) -> FileSource:
        return FileSource(ConfigFileSettings(CONFIG_FILE_PATH=tmp_path / "missing.json", CONFIG_FILE_INTERVAL=0.01))
