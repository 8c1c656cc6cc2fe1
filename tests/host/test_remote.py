"""The remote layer in a boot: selection, time limit, outages, changes while serving."""

import asyncio

import pytest
from pydantic import Field, SecretStr

from dify_runtime.errors import BootError
from dify_runtime.records import State
from dify_runtime_sdk import ConfigSourceError, Plugin, Settings, SettingsChanged, Subscriber, hookimpl

JOB = ("job",)


class SourceSettings(Settings):
    SOURCE_URL: str = Field("", description="where")
    SOURCE_PASSWORD: SecretStr = Field(SecretStr(""), description="a secret")


class Source:
    """A config source on a queue; a test puts in what the server says."""

    name = "queue"
    bootstrap = SourceSettings
    answers: asyncio.Queue
    closed: int

    def __init__(self, settings):
        self.settings = settings

    async def fetch(self):
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer(self.settings) if callable(answer) else answer

    async def watch(self):
        while True:
            yield await self.answers.get()

    async def close(self):
        type(self).closed += 1


class UserSettings(Settings):
    PORT: int = Field(1, description="a port")
    NAME: str = Field("default", description="a name")


class User(Plugin):
    settings = UserSettings

    def __init__(self):
        self.changes = asyncio.Queue()

    @hookimpl
    def subscribers(self):
        return [Subscriber(SettingsChanged, self.changes.put)]


@pytest.fixture
def source():
    return type("FreshSource", (Source,), {"answers": asyncio.Queue(), "closed": 0})


def plugins(source):
    return {"config-queue": type("ConfigQueue", (Plugin,), {"config_source": source}), "user": User}


async def test_the_remote_layer_stands_between_environment_and_files(runtime, source, tmp_path):
    (tmp_path / ".env").write_text("PORT=4\nNAME=file\nREMOTE_SETTINGS_SOURCE_NAME=queue\nSOURCE_URL=there\n")
    source.answers.put_nowait(lambda settings: {"port": "3", "name": f"remote {settings.SOURCE_URL}"})
    booted = await runtime(plugins(source), roles=JOB, environ={"PORT": "2"})
    user = booted.settings(UserSettings)
    assert (user.PORT, user.NAME) == (2, "remote there")
    await runtime.stop()
    assert source.closed == 1


async def test_without_a_selector_nothing_is_asked(runtime, source):
    await runtime(plugins(source), roles=JOB)
    await runtime.stop()
    assert source.closed == 0


async def test_a_failed_source_follows_the_outcome_table(runtime, source):
    error = ConfigSourceError("config source 'queue' at there is down", hint="check SOURCE_URL")
    environ = {"REMOTE_SETTINGS_SOURCE_NAME": "queue"}
    source.answers.put_nowait(error)
    with pytest.raises(BootError, match=r"plugin 'config-queue' failed in phase settings: .* is down"):
        await runtime(plugins(source), roles=JOB, environ=environ)
    source.answers.put_nowait(error)
    booted = await runtime(plugins(source), roles=JOB, environ=environ, strict=False)
    assert booted.records["config-queue"].state is State.FAILED
    assert booted.settings(UserSettings).NAME == "default"
    await runtime.stop()
    assert source.closed == 2


async def test_a_slow_source_is_cut_at_the_time_limit(runtime, source):
    environ = {"REMOTE_SETTINGS_SOURCE_NAME": "queue", "DIFY_PLUGINS_CONFIG_TIMEOUT": "0.05"}
    with pytest.raises(BootError, match=r"config source 'queue' gave no answer within 0\.05 s"):
        await runtime(plugins(source), roles=JOB, environ=environ)
    assert source.closed == 1


async def test_an_unknown_selector_follows_the_policy(runtime, source, caplog):
    environ = {"REMOTE_SETTINGS_SOURCE_NAME": "consul"}
    with pytest.raises(BootError, match=r"=consul names no installed config source \(available: queue\)"):
        await runtime(plugins(source), roles=JOB, environ=environ)
    await runtime(plugins(source), roles=JOB, environ=environ, strict=False)
    assert "going on without remote settings" in caplog.text


async def test_a_bad_remote_value_names_its_layer(runtime, source):
    source.answers.put_nowait({"PORT": "many"})
    with pytest.raises(BootError, match=r"PORT \(from remote queue, owned by plugin 'user'\)"):
        await runtime(plugins(source), roles=JOB, environ={"REMOTE_SETTINGS_SOURCE_NAME": "queue"})


async def test_changes_are_validated_taken_over_and_announced(runtime, source, caplog):
    source.answers.put_nowait({"PORT": "3"})
    booted = await runtime(plugins(source), roles=JOB, environ={"REMOTE_SETTINGS_SOURCE_NAME": "queue"})
    user = booted.runtime.assembly.plugins["user"]
    source.answers.put_nowait({"PORT": "broken"})
    source.answers.put_nowait({"PORT": "3"})
    source.answers.put_nowait({"PORT": "4", "NAME": "new"})
    changed = await user.changes.get()
    assert changed.names == {"PORT", "NAME"}
    assert (booted.settings(UserSettings).PORT, booted.settings(UserSettings).NAME) == (4, "new")
    assert "the last good ones stay" in caplog.text
    assert user.changes.empty()


async def test_the_sources_own_settings_are_explained_and_masked(runtime, source):
    booted = await runtime(plugins(source), roles=JOB, environ={"SOURCE_PASSWORD": "hidden"})
    explanation = booted.runtime.assembly.store.explain("SOURCE_PASSWORD")
    assert explanation.owners == ("config-queue",)
    assert "hidden" not in str(explanation.to_json())
