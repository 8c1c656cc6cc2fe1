"""A working directory of each test's own, and nothing from the environment that would change a boot."""

import os
from pathlib import Path

import pytest

OURS = ("DIFY_", "MODE", "DB_", "REDIS_", "OPENAI_")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIFY_PLUGINS_DENY", "models-offline")  # it would name conversations, and take its time
    monkeypatch.chdir(tmp_path)
    return tmp_path
