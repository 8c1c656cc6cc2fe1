"""Starts and stops: order, budgets, half starts, and the outcome table."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dify_runtime.errors import BootError
from dify_runtime.records import State
from dify_runtime_sdk import Plugin, hookimpl


def tracing(log, **attributes):
    """A plugin class that notes its start and stop in `log`."""

    class Tracing(Plugin):
        async def start(self, runtime):
            log.append(f"+{self.name}")

        async def stop(self):
            log.append(f"-{self.name}")

    for name, value in attributes.items():
        setattr(Tracing, name, value)
    return Tracing


async def test_plugins_start_after_what_they_require_and_stop_in_reverse(runtime):
    log: list[str] = []
    await runtime(
        {
            "c": tracing(log, requires=("b",)),
            "b": tracing(log, requires=("a",)),
            "a": tracing(log),
            "z": tracing(log, before=("a",)),
        }
    )
    assert log == ["+z", "+a", "+b", "+c"]
    await runtime.stop()
    assert log[4:] == ["-c", "-b", "-a", "-z"]


async def test_a_context_manager_start_releases_in_the_task_that_acquired(runtime):
    tasks = []

    class Managed(Plugin):
        @asynccontextmanager
        async def start(self, runtime) -> AsyncIterator[None]:
            tasks.append(asyncio.current_task())
            async with asyncio.TaskGroup():
                yield
            tasks.append(asyncio.current_task())

    booted = await runtime({"managed": Managed})
    assert booted.records["managed"].state is State.STARTED
    await runtime.stop()
    assert len(tasks) == 2
    assert tasks[0] is tasks[1]


async def test_plugins_of_one_level_start_concurrently(runtime):
    met = asyncio.Barrier(3)

    class Meeting(Plugin):
        async def start(self, runtime):
            await met.wait()

    booted = await runtime({name: type(name, (Meeting,), {}) for name in "abc"})
    assert [record.state for record in booted.records.values()] == [State.STARTED] * 3


async def test_a_failed_start_is_stopped_and_unwinds_the_rest_in_reverse(runtime):
    log: list[str] = []

    class Broken(tracing(log, requires=("a",))):
        async def start(self, runtime):
            raise OSError("no such device")

    with pytest.raises(BootError, match=r"plugin 'broken' failed in phase start: OSError: no such device"):
        await runtime({"a": tracing(log), "broken": Broken})
    assert log == ["+a", "-broken", "-a"]


async def test_degrade_keeps_the_rest_and_takes_dependants_out(runtime):
    log: list[str] = []

    class Broken(Plugin):
        async def start(self, runtime):
            raise OSError("no such device")

    plugins = {"broken": Broken, "user": tracing(log, requires=("broken",)), "other": tracing(log)}
    booted = await runtime(plugins, strict=False)
    assert {name: str(record.state) for name, record in booted.records.items()} == {
        "broken": "failed",
        "user": "unmet",
        "other": "started",
    }
    assert "user requires broken" in booted.records["user"].error
    assert log == ["+other"]


async def test_an_essential_plugin_stops_the_boot_under_either_policy(runtime):
    class Broken(Plugin):
        essential = True

        async def start(self, runtime):
            raise OSError("gone")

    with pytest.raises(BootError, match="'broken' failed in phase start"):
        await runtime({"broken": Broken}, strict=False)


async def test_a_start_over_its_budget_is_cut_and_named(runtime):
    cancelled = asyncio.Event()

    class Slow(Plugin):
        async def start(self, runtime):
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

    plugins = {"slow-a": Slow, "slow-b": type("SlowB", (Slow,), {})}
    with pytest.raises(BootError) as caught:
        await runtime(plugins, settings={"DIFY_PLUGINS_START_TIMEOUT": 0.05})
    assert "plugin 'slow-a' failed in phase start: still starting after 0.05 s" in str(caught.value)
    assert "also still starting: slow-b" in str(caught.value)
    assert cancelled.is_set()


async def test_a_plugins_own_timeout_error_is_not_taken_for_the_budget(runtime):
    class Raising(Plugin):
        async def start(self, runtime):
            raise TimeoutError("the device did not answer")

    with pytest.raises(BootError, match="TimeoutError: the device did not answer"):
        await runtime({"raising": Raising})


async def test_who_is_still_starting_is_logged(runtime, monkeypatch, caplog):
    monkeypatch.setattr("dify_runtime.lifecycle.SLOW_START", 0.01)
    logged = asyncio.Event()

    class Noting(logging.Handler):
        def emit(self, record):
            logged.set()

    class Slow(Plugin):
        async def start(self, runtime):
            await logged.wait()

    handler = Noting()
    logging.getLogger("dify_runtime.lifecycle").addHandler(handler)
    try:
        await runtime({"slow": Slow})
    finally:
        logging.getLogger("dify_runtime.lifecycle").removeHandler(handler)
    assert "still starting after 0 s: slow" in caplog.text


async def test_a_failed_stop_is_logged_and_the_others_still_stop(runtime, caplog):
    log: list[str] = []

    class Sticky(tracing(log, requires=("a",))):
        async def stop(self):
            raise OSError("cannot let go")

    booted = await runtime({"a": tracing(log), "sticky": Sticky})
    await runtime.stop()
    assert log == ["+a", "+sticky", "-a"]
    assert "plugin 'sticky' failed to stop" in caplog.text
    assert booted.records["sticky"].state is State.STOPPED
    assert booted.records["sticky"].error == "OSError: cannot let go"


async def test_a_stop_over_its_budget_is_cut_and_the_others_still_stop(runtime, caplog):
    log: list[str] = []

    class Hanging(tracing(log, requires=("a",))):
        async def stop(self):
            await asyncio.Event().wait()

    await runtime({"a": tracing(log), "hanging": Hanging}, settings={"DIFY_PLUGINS_STOP_TIMEOUT": 0.05})
    await runtime.stop()
    assert log[-1] == "-a"
    assert "still stopping after 0.05 s" in caplog.text


async def test_a_boot_cancelled_while_starting_stops_what_had_started(runtime):
    log: list[str] = []
    starting = asyncio.Event()

    class Slow(tracing(log, requires=("a",))):
        async def start(self, runtime):
            starting.set()
            await asyncio.Event().wait()

    boot = asyncio.ensure_future(runtime({"a": tracing(log), "slow": Slow}))
    await starting.wait()
    boot.cancel()
    with pytest.raises(asyncio.CancelledError):
        await boot
    assert log == ["+a", "-slow", "-a"]


async def test_background_work_ends_with_its_plugin(runtime, caplog):
    ended = asyncio.Event()

    class Worker(Plugin):
        async def start(self, runtime):
            runtime.spawn(self.work(), name="work")
            runtime.spawn(self.fail(), name="fail")

        async def work(self):
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def fail(self):
            raise OSError("lost")

    await runtime({"worker": Worker})
    await asyncio.sleep(0)
    await runtime.stop()
    assert ended.is_set()
    assert "background task 'worker: fail' failed" in caplog.text


async def test_the_log_has_every_record_at_debug_level(runtime, caplog):
    with caplog.at_level(logging.DEBUG, "dify_runtime"):
        booted = await runtime({"one": tracing([])})
    (line,) = [record.getMessage() for record in caplog.records if record.message.startswith("plugin one")]
    assert line == f"plugin one: {booted.records['one'].to_json()}"


async def test_two_runtimes_share_nothing(runtime):
    class Counting(Plugin):
        def __init__(self):
            self.calls = 0

        @hookimpl
        def services(self):
            self.calls += 1

    one = await runtime({"counting": Counting})
    two = await runtime({"counting": Counting})
    plugins = [booted.runtime.assembly.plugins["counting"] for booted in (one, two)]
    assert plugins[0] is not plugins[1]
    assert [plugin.calls for plugin in plugins] == [1, 1]


async def test_partial_boot_starts_the_closure_and_nothing_else(runtime):
    log: list[str] = []
    plugins = {
        "base": tracing(log, provides=("store",)),
        "feature": tracing(log, requires=("store",), after=("extra",)),
        "extra": tracing(log),
    }
    booted = await runtime(plugins, roles=("job",), only=("feature",))
    assert log == ["+base", "+feature"]
    assert booted.records["extra"].state is State.IDLE


async def test_partial_boot_of_something_that_is_not_there_says_so(runtime):
    with pytest.raises(BootError, match="nothing provides ghost"):
        await runtime({"a": Plugin}, only=("ghost",))


@pytest.mark.parametrize("role", ["api", "worker", "scheduler", "job"])
async def test_a_plugin_starts_in_its_roles_only(runtime, role):
    log: list[str] = []
    plugins = {name: tracing(log, roles=frozenset((name,))) for name in ("api", "worker", "scheduler", "job")}
    booted = await runtime(plugins, roles=(role,))
    assert log == [f"+{role}"]
    assert {record.name for record in booted.records.values() if record.state is State.IDLE} == plugins.keys() - {role}


async def test_a_plugin_whose_requirement_starts_elsewhere_does_not_start(runtime):
    plugins = {"queue": tracing([], roles=frozenset(("worker",))), "user": tracing([], requires=("queue",))}
    booted = await runtime(plugins)
    assert booted.records["user"].state is State.UNMET
    assert booted.records["user"].error == "user requires queue, which is idle in this process"
