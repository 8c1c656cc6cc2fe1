import os
import time

import pytest

from dify_foundation.timezone.plugin import TimezonePlugin


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def offset() -> int:
    return time.localtime(1_700_000_000).tm_gmtoff


async def test_the_process_runs_in_utc_until_the_plugin_stops(fake, berlin):
    plugin = TimezonePlugin()
    assert offset() == 3600
    await plugin.start(fake())
    assert (os.environ["TZ"], offset()) == ("UTC", 0)
    await plugin.stop()
    assert (os.environ["TZ"], offset()) == ("Europe/Berlin", 3600)


async def test_an_unset_zone_is_unset_again(fake, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    plugin = TimezonePlugin()
    await plugin.start(fake())
    await plugin.stop()
    assert "TZ" not in os.environ
    time.tzset()


@pytest.mark.parametrize("first", [0, 1])
async def test_two_runtimes_keep_utc_until_both_have_stopped(fake, berlin, first):
    plugins = [TimezonePlugin(), TimezonePlugin()]
    for plugin in plugins:
        await plugin.start(fake())
    await plugins[first].stop()
    assert offset() == 0
    await plugins[1 - first].stop()
    assert offset() == 3600


async def test_stopping_twice_or_without_a_start_gives_back_nothing_of_another_runtime(fake, berlin):
    running, never_started = TimezonePlugin(), TimezonePlugin()
    await running.start(fake())
    await never_started.stop()
    await never_started.stop()
    assert offset() == 0
    await running.stop()
