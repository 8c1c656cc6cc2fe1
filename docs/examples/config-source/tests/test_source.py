"""What is special about this source, and how it fits into a boot."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from dify_config_file.plugin import ConfigFilePlugin
from dify_config_file.settings import ConfigFileSettings
from dify_config_file.source import FileSource
from pydantic import Field

from dify_runtime.errors import BootError
from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import ConfigSourceError, Plugin, Settings


class MailSettings(Settings):
    SMTP_PORT: int = Field(465, description="Port of the mail server")


class MailPlugin(Plugin):
    settings = MailSettings


def chosen(path: Path) -> Mapping[str, str]:
    return {"REMOTE_SETTINGS_SOURCE_NAME": "file", "CONFIG_FILE_PATH": str(path)}


async def test_its_values_reach_the_settings_of_other_plugins(runtime: RuntimeFactory, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"smtp_port": "2525"}', encoding="utf-8")
    booted = await runtime({"config-file": ConfigFilePlugin, "mail": MailPlugin}, environ=chosen(path))
    assert booted.settings(MailSettings).SMTP_PORT == 2525


async def test_the_environment_beats_the_file(runtime: RuntimeFactory, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"SMTP_PORT": "2525"}', encoding="utf-8")
    environ = {**chosen(path), "SMTP_PORT": "25"}
    booted = await runtime({"config-file": ConfigFilePlugin, "mail": MailPlugin}, environ=environ)
    assert booted.settings(MailSettings).SMTP_PORT == 25


async def test_a_missing_file_stops_the_boot(runtime: RuntimeFactory, tmp_path: Path) -> None:
    with pytest.raises(BootError, match=r"missing\.json cannot be read"):
        await runtime({"config-file": ConfigFilePlugin}, environ=chosen(tmp_path / "missing.json"))


@pytest.mark.parametrize("content", ["not JSON", "[1]", '{"SMTP_PORT": 2525}'])
async def test_anything_but_an_object_of_texts_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigSourceError, match="CONFIG_FILE_PATH"):
        await FileSource(ConfigFileSettings(CONFIG_FILE_PATH=path)).fetch()


async def test_a_changed_file_is_seen_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"SMTP_PORT": "25"}', encoding="utf-8")
    source = FileSource(ConfigFileSettings(CONFIG_FILE_PATH=path, CONFIG_FILE_INTERVAL=0.01))
    await source.fetch()
    path.write_text(json.dumps({"SMTP_PORT": "2525"}), encoding="utf-8")
    watch = source.watch()
    assert await anext(watch) == {"SMTP_PORT": "2525"}
    path.write_text(json.dumps({"SMTP_PORT": "465"}), encoding="utf-8")
    assert await anext(watch) == {"SMTP_PORT": "465"}
    await watch.aclose()
