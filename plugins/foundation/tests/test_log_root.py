import io
import json
import logging
import sys
import threading

import pytest

from dify_foundation.log.plugin import LoggingPlugin
from dify_foundation.log.settings import LoggingSettings
from dify_foundation.log.sinks import FileHandler
from dify_runtime_sdk import PluginError

log = logging.getLogger("some.library")


@pytest.fixture
def logging_plugin(fake):
    """Start a logging plugin with these settings."""

    async def started(**settings):
        plugin = LoggingPlugin()
        await plugin.start(fake(LoggingSettings(**settings)))
        return plugin

    return started


def lines(capsys, text):
    return [line for line in capsys.readouterr().out.splitlines() if text in line]


async def test_lines_go_to_stdout_until_the_plugin_stops(logging_plugin, root_logger, capsys, caplog):
    plugin = await logging_plugin()
    log.info("while it runs")
    log.debug("too detailed")
    await plugin.stop()
    log.info("after it stopped")
    assert len(lines(capsys, "runs")) == 1
    assert "while it runs" in caplog.messages
    assert "too detailed" not in caplog.messages


async def test_the_log_of_a_command_stays_out_of_its_result(fake, root_logger, capsys):
    plugin = LoggingPlugin()
    await plugin.start(fake(LoggingSettings(), roles=("job",)))
    log.info("beside the result")
    await plugin.stop()
    captured = capsys.readouterr()
    assert "beside the result" not in captured.out
    assert "beside the result" in captured.err


async def test_stdout_is_the_one_of_the_moment(logging_plugin, root_logger, monkeypatch):
    plugin = await logging_plugin()
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stdout", replaced)
    log.warning("to the new one")
    await plugin.stop()
    assert "to the new one" in replaced.getvalue()


async def test_a_stdout_that_fails_does_not_break_the_code_that_logs(logging_plugin, root_logger, monkeypatch, capsys):
    plugin = await logging_plugin()
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    log.warning("lost")
    monkeypatch.undo()
    await plugin.stop()
    assert "closed file" in capsys.readouterr().err


async def test_earlier_console_handlers_are_set_aside_and_come_back(logging_plugin, root_logger, capsys):
    console, tracker = logging.StreamHandler(sys.stderr), logging.StreamHandler(io.StringIO())
    root_logger.addHandler(console)
    root_logger.addHandler(tracker)
    try:
        plugin = await logging_plugin()
        assert console not in root_logger.handlers
        assert tracker in root_logger.handlers
        await plugin.stop()
        assert console in root_logger.handlers
    finally:
        root_logger.removeHandler(console)
        root_logger.removeHandler(tracker)


@pytest.mark.parametrize("first", [0, 1])
async def test_two_runtimes_share_stdout_without_repeating_lines(logging_plugin, root_logger, capsys, first):
    plugins = [await logging_plugin(), await logging_plugin(LOG_LEVEL="DEBUG")]
    log.info("both run")
    assert len(lines(capsys, "both run")) == 1
    await plugins[first].stop()
    log.warning("one runs")
    assert len(lines(capsys, "one runs")) == 1
    assert root_logger.level == (logging.DEBUG if first == 0 else logging.INFO)
    await plugins[1 - first].stop()
    log.warning("none runs")
    assert lines(capsys, "none runs") == []


async def test_the_first_runtime_decides_the_format_of_what_is_shared(logging_plugin, root_logger, capsys):
    plugins = [await logging_plugin(LOG_FORMAT="one %(message)s"), await logging_plugin(LOG_FORMAT="two %(message)s")]
    log.info("first")
    await plugins[0].stop()
    log.info("second")
    await plugins[1].stop()
    assert capsys.readouterr().out.splitlines() == ["one first", "two second"]


async def test_the_file_has_every_line_once_stopped(logging_plugin, root_logger, tmp_path, capsys):
    path = tmp_path / "new" / "app.log"
    plugin = await logging_plugin(LOG_FILE=str(path), LOG_OUTPUT_FORMAT="json")
    for number in range(500):
        log.info("line %d", number)
    await plugin.stop()
    messages = [json.loads(line)["message"] for line in path.read_text().splitlines()]
    assert messages == [f"line {number}" for number in range(500)]
    assert len(lines(capsys, '"line ')) == 500


async def test_the_file_is_rotated_by_size(logging_plugin, root_logger, tmp_path):
    path = tmp_path / "app.log"
    plugin = await logging_plugin(LOG_FILE=str(path), LOG_FILE_MAX_SIZE=1, LOG_FILE_BACKUP_COUNT=2)
    for number in range(40):
        log.info("%s %s", number, "x" * 100_000)
    await plugin.stop()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["app.log", "app.log.1", "app.log.2"]
    assert "39 xxx" in path.read_text()


async def test_two_runtimes_share_one_file_and_write_different_ones_alike(logging_plugin, root_logger, tmp_path):
    shared, other = tmp_path / "shared.log", tmp_path / "other.log"
    plugins = [
        await logging_plugin(LOG_FILE=str(shared)),
        await logging_plugin(LOG_FILE=str(tmp_path / "x" / ".." / "shared.log")),
        await logging_plugin(LOG_FILE=str(other)),
    ]
    log.info("once")
    await plugins[0].stop()
    log.info("still")
    for plugin in plugins[1:]:
        await plugin.stop()
    for path in (shared, other):
        assert [line.rpartition(" ")[2] for line in path.read_text().splitlines()] == ["once", "still"]


async def test_a_file_that_cannot_be_opened_fails_the_start_and_changes_nothing(logging_plugin, root_logger, tmp_path):
    with pytest.raises(PluginError, match=r"cannot open the log file .*LOG_FILE"):
        await logging_plugin(LOG_FILE=str(tmp_path))
    root_logger.info("and nothing was left behind")


async def test_a_failed_start_is_stopped_without_hurting_another_runtime(
    logging_plugin, fake, root_logger, tmp_path, capsys
):
    running = await logging_plugin()
    failing = LoggingPlugin()
    with pytest.raises(PluginError):
        await failing.start(fake(LoggingSettings(LOG_FILE=str(tmp_path))))
    await failing.stop()
    log.warning("still there")
    assert len(lines(capsys, "still there")) == 1
    await running.stop()


def test_a_slow_disk_costs_lines_and_says_how_many(tmp_path, monkeypatch):
    handler = FileHandler(tmp_path / "app.log", 1, 1)
    handler.setFormatter(logging.Formatter("%(message)s"))
    stuck, free = threading.Event(), threading.Event()
    write = handler._file.emit

    def slow(record):
        stuck.set()
        free.wait()
        write(record)

    monkeypatch.setattr(handler._file, "emit", slow)
    for number in range(10_004):
        handler.handle(logging.makeLogRecord({"msg": f"line {number}"}))
        if number == 0:
            stuck.wait()
    free.set()
    handler._waiting.join()
    handler.handle(logging.makeLogRecord({"msg": "afterwards"}))
    handler.close()
    written = (tmp_path / "app.log").read_text().splitlines()
    assert written[10_000:] == [
        "line 10000",
        "3 log lines were dropped: the log file is written too slowly",
        "afterwards",
    ]


async def test_closing_twice_is_harmless(tmp_path):
    handler = FileHandler(tmp_path / "app.log", 1, 1)
    handler.close()
    handler.close()
    assert (tmp_path / "app.log").read_text() == ""


def test_the_plugin_is_essential_and_contributes_one_middleware():
    assert LoggingPlugin.essential
    assert len(LoggingPlugin().asgi_middleware()) == 1
