"""What a plugin's command gets: a runtime that is up, or the reason why not."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from dify_runtime.cli.context import BootingContext
from dify_runtime.errors import BootError
from dify_runtime_sdk import CommandContext, DifyRuntimeError, Plugin, Settings


class Recorder(Plugin):
    """Notes what happens to it."""

    def __init__(self):
        self.events = EVENTS

    async def start(self, runtime):
        self.events.append(f"start {self.name}")

    async def stop(self):
        self.events.append(f"stop {self.name}")


class Other(Recorder):
    """Another one: a class has one name."""


EVENTS: list[str] = []


class Broken(Plugin):
    async def start(self, runtime):
        raise OSError("no disk")


class ApiOnly(Plugin):
    roles = frozenset(("api",))


class Off(Plugin):
    def enabled(self, settings):
        return False


class Words(Settings):
    WORD: str = "default"


class Speaker(Plugin):
    settings = Words


@pytest.fixture
def events():
    EVENTS.clear()
    return EVENTS


def context(**plugins) -> CommandContext:
    return BootingContext({name.replace("_", "-"): plugin for name, plugin in plugins.items()}, environ={})


async def nothing(runtime):
    return None


def test_it_boots_gives_the_result_and_stops(events):
    async def main(runtime):
        events.append("main")
        return sorted(runtime.roles)

    assert context(one=Recorder).run(main) == ["job"]
    assert events == ["start one", "main", "stop one"]


def test_only_starts_what_is_asked_for(events):
    context(one=Recorder, two=Other).run(nothing, only={"two"})
    assert events == ["start two", "stop two"]


def test_overrides_are_the_top_layer():
    async def main(runtime):
        return runtime.settings(Words).WORD

    spoken = BootingContext({"speaker": Speaker}, environ={"WORD": "environment"})
    assert spoken.run(main) == "environment"
    assert spoken.run(main, overrides={"WORD": "override"}) == "override"


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [(Broken, "OSError: no disk"), (ApiOnly, "starts in the roles api"), (Off, "it is disabled")],
)
def test_what_was_asked_for_and_did_not_start_is_an_error_with_the_reason(plugin, reason):
    with pytest.raises(DifyRuntimeError, match=f"needs 'it'.*{reason}") as caught:
        context(it=plugin).run(nothing, only={"it"})
    assert "plugins list" in caught.value.hint


@pytest.mark.parametrize("plugins", [{}, {"one": Recorder}], ids=["no plugin", "another plugin"])
def test_what_was_asked_for_and_is_not_installed_is_an_error(plugins):
    with pytest.raises(BootError, match="nothing provides ghost"):
        context(**plugins).run(nothing, only={"ghost"})


def test_a_failure_elsewhere_does_not_matter_to_the_embedded_default(events):
    context(one=Recorder, broken=Broken).run(nothing, only={"one"})
    assert events == ["start one", "stop one"]


def test_a_failure_stops_a_job_in_production():
    job = BootingContext({"broken": Broken}, environ={"MODE": "job"})
    with pytest.raises(BootError, match="no disk"):
        job.run(nothing)


def test_plugins_are_stopped_when_the_command_fails(events):
    async def main(runtime):
        raise DifyRuntimeError("no luck")

    with pytest.raises(DifyRuntimeError, match="no luck"):
        context(one=Recorder).run(main)
    assert events == ["start one", "stop one"]


def test_background_work_ends_with_the_command():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def main(runtime):
        runtime.spawn(work(), name="work")
        await asyncio.sleep(0)

    context().run(main)
    assert ended == [True]


WAITING = """
import asyncio
from dify_runtime.cli.context import BootingContext
from dify_runtime_sdk import Plugin

class One(Plugin):
    async def stop(self):
        print("stopped", flush=True)

async def main(runtime):
    print("running", flush=True)
    await asyncio.Event().wait()

BootingContext({"one": One}, environ={}).run(main)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_stops_the_plugins(number, status):
    with subprocess.Popen(
        [sys.executable, "-c", WAITING],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(number)
        assert process.stdout.readline() == "stopped\n"
        assert process.wait(30) == status
