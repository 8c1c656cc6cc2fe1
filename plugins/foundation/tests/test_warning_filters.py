import logging
import sys
import warnings

import pytest

from dify_foundation.warning_filters.plugin import WarningsPlugin
from dify_foundation.warning_filters.settings import WarningsSettings


@pytest.fixture
def unfiltered():
    """Warnings are shown, as in production, instead of being errors as in tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


@pytest.fixture
def warnings_plugin(fake):
    async def started(**settings):
        plugin = WarningsPlugin()
        await plugin.start(fake(WarningsSettings(**settings)))
        return plugin

    return started


async def test_a_warning_becomes_one_log_line(warnings_plugin, unfiltered, caplog):
    plugin = await warnings_plugin()
    warnings.warn("old thing", DeprecationWarning, stacklevel=1)
    await plugin.stop()
    assert [(one.name, one.levelno) for one in caplog.records] == [("py.warnings", logging.WARNING)]
    assert caplog.messages[0].endswith("DeprecationWarning: old thing")
    assert __file__ in caplog.messages[0]


async def test_a_warning_with_a_place_of_its_own_to_go_goes_there(warnings_plugin, unfiltered, caplog, monkeypatch):
    original = []
    monkeypatch.setattr(warnings, "showwarning", lambda *args: original.append(args))
    plugin = await warnings_plugin()
    warnings.showwarning("to a file", UserWarning, "x.py", 1, sys.stdout)
    await plugin.stop()
    assert caplog.messages == []
    assert original == [("to a file", UserWarning, "x.py", 1, sys.stdout, None)]


@pytest.mark.parametrize(("debug", "expected"), [(False, 0), (True, 1)])
async def test_resource_warnings_are_shown_only_in_debug_mode(warnings_plugin, unfiltered, caplog, debug, expected):
    plugin = await warnings_plugin(DEBUG=debug)
    warnings.warn("unclosed", ResourceWarning, stacklevel=1)
    await plugin.stop()
    assert len(caplog.messages) == expected


async def test_what_the_operator_says_on_the_command_line_wins(warnings_plugin, unfiltered, caplog, monkeypatch):
    monkeypatch.setattr(sys, "warnoptions", ["default"])
    plugin = await warnings_plugin()
    warnings.warn("unclosed", ResourceWarning, stacklevel=1)
    await plugin.stop()
    assert len(caplog.messages) == 1


async def test_filters_and_display_are_restored_but_not_what_others_added(warnings_plugin, unfiltered):
    filters, shown = list(warnings.filters), warnings.showwarning
    plugin = await warnings_plugin()
    warnings.filterwarnings("ignore", message="added meanwhile")
    added = warnings.filters[0]
    await plugin.stop()
    assert list(warnings.filters) == [added, *filters]
    assert warnings.showwarning is shown


async def test_an_equal_filter_of_somebody_else_stays(warnings_plugin, unfiltered, caplog):
    warnings.simplefilter("ignore", ResourceWarning)
    filters = list(warnings.filters)
    plugin = await warnings_plugin()
    await plugin.stop()
    assert list(warnings.filters) == filters


@pytest.mark.parametrize("first", [0, 1])
async def test_two_runtimes_log_until_both_have_stopped(warnings_plugin, unfiltered, caplog, first):
    before = warnings.showwarning
    plugins = [await warnings_plugin(), await warnings_plugin()]
    await plugins[first].stop()
    warnings.warn("one left", UserWarning, stacklevel=1)
    warnings.warn("unclosed", ResourceWarning, stacklevel=1)
    await plugins[1 - first].stop()
    assert [message.rpartition(": ")[2] for message in caplog.messages] == ["one left"]
    assert warnings.showwarning is before


async def test_somebody_who_wrapped_the_display_keeps_working(warnings_plugin, unfiltered, caplog, monkeypatch):
    original = []
    monkeypatch.setattr(warnings, "showwarning", lambda *args: original.append(str(args[0])))
    plugin = await warnings_plugin()
    ours = warnings.showwarning
    warnings.showwarning = lambda *args: ours(*args)
    await plugin.stop()
    warnings.warn("after the stop", UserWarning, stacklevel=1)
    assert original == ["after the stop"]
    assert caplog.messages == []
