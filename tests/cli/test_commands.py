"""The top level: built-in commands, those of plugins, and what errors look like."""

import sys

import pytest

from tests.cli.plugin_code import COMMANDING, PLUGIN, SONG


@pytest.fixture
def singer(install, tmp_path):
    """A plugin whose command `sing` is in a module of its own."""
    (tmp_path / "site" / "song_of_singer.py").write_text(SONG)
    return install("singer", COMMANDING.format(name="sing", target="song_of_singer:sing"))


def test_help_lists_commands_of_plugins_without_importing_them(cli, singer):
    result = cli("--help")
    assert result.exit_code == 0
    assert "Sing a song. (plugin singer)" in " ".join(result.output.split())
    assert "song_of_singer" not in sys.modules


def test_a_plugin_command_runs(cli, singer):
    result = cli("sing")
    assert (result.exit_code, result.output) == (0, "la la\n")


def test_built_in_commands_ask_no_plugin(cli, install):
    install("exploding", "raise RuntimeError('imported')")
    result = cli("version")
    assert result.exit_code == 0
    assert "exploding" not in sys.modules


def test_help_works_when_a_plugin_is_broken_and_says_so(cli, install, singer):
    install("broken", "import nothing_of_this_name")
    result = cli("--help")
    assert result.exit_code == 0
    assert "sing" in result.output
    assert "broken" in result.output
    assert "nothing_of_this_name" in " ".join(result.output.split())


FAILING_AT = {
    "constructor": "def __init__(self): raise OSError('no disk')",
    "unknown hook": "@hookimpl\n    def comands(self): ...",
    "hook raises": "@hookimpl\n    def commands(self): 1 / 0",
    "no command": "@hookimpl\n    def commands(self): return [1]",
}


@pytest.mark.parametrize("body", FAILING_AT.values(), ids=FAILING_AT)
def test_one_that_fails_hides_no_command_of_another(cli, install, singer, body):
    install("failing", "from dify_runtime_sdk import hookimpl\n" + PLUGIN.format(body=body))
    assert cli("sing").output == "la la\n"
    assert "failing" in cli("--help").output


def test_one_that_exits_at_import_ends_nothing(cli, install, singer):
    install("leaver", "raise SystemExit(3)")
    assert cli("sing").output == "la la\n"
    assert "leaver" in cli("--help").output


def test_help_works_when_the_settings_are_wrong(cli, singer):
    result = cli("--help", PLUGIN_FAILURE="sometimes")
    assert result.exit_code == 0
    assert "PLUGIN_FAILURE" in result.output


def test_what_a_plugin_prints_at_import_is_not_output(cli, install):
    install("chatty", "print('hello from import')\n" + COMMANDING.format(name="chat", target="sys:exit"))
    result = cli("--help")
    assert "hello from import" not in result.stdout
    assert "hello from import" in result.stderr


def test_an_unknown_command_names_the_nearest(cli, singer):
    result = cli("sign")
    assert result.exit_code == 2
    assert "'sing'" in result.stderr


def test_an_unknown_command_may_belong_to_a_broken_plugin(cli, install):
    install("broken", "import nothing_of_this_name")
    assert "could not be asked: broken" in " ".join(cli("dance").stderr.split())


def test_an_unknown_subcommand_names_the_nearest(cli):
    result = cli("plugins", "lits")
    assert result.exit_code == 2
    assert "'list'" in result.stderr


def test_two_plugins_with_one_command_are_an_error_that_names_both(cli, install, singer):
    install("rival", COMMANDING.format(name="sing", target="song_of_singer:sing"))
    result = cli("sing")
    assert result.exit_code == 1
    assert "'rival'" in result.stderr
    assert "'singer'" in result.stderr
    assert "Hint: deny one" in result.stderr


def test_a_plugin_cannot_take_the_name_of_a_built_in_command(cli, install):
    install("usurper", COMMANDING.format(name="version", target="song_of_singer:sing"))
    assert "dify-api" in cli("version").output
    assert "'version' is the runtime's own" in " ".join(cli("--help").output.split())


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("song_of_nobody:sing", "No module named 'song_of_nobody'"),
        ("song_of_singer:hum", "has no attribute 'hum'"),
        ("song_of_singer:not_a_command", "it must be a click command"),
    ],
)
def test_a_command_that_cannot_be_loaded_is_its_plugins_error(cli, install, singer, target, reason):
    install("mute", COMMANDING.format(name="hum", target=target))
    result = cli("hum")
    assert result.exit_code == 1
    assert "plugin 'mute'" in result.stderr
    assert reason in result.stderr
    assert "Traceback" not in result.output


FAILING = """
import click
from dify_runtime_sdk import DifyRuntimeError

@click.command()
def fail():
    raise DifyRuntimeError("the string broke", hint="buy a new one")

@click.command()
def bug():
    raise ZeroDivisionError("a bug")
"""


@pytest.fixture
def failing(install, tmp_path):
    (tmp_path / "site" / "song_that_fails.py").write_text(FAILING)
    install("luckless", COMMANDING.format(name="fail", target="song_that_fails:fail"))
    install("buggy", COMMANDING.format(name="bug", target="song_that_fails:bug"))


def test_an_error_is_message_and_hint_without_traceback(cli, failing):
    result = cli("fail")
    assert result.exit_code == 1
    assert result.stderr == "Error: the string broke\nHint: buy a new one\n"
    assert result.stdout == ""


def test_debug_shows_the_traceback(cli, failing):
    result = cli("--debug", "fail")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "song_that_fails" in result.stderr


def test_a_bug_keeps_its_traceback(cli, failing):
    assert isinstance(cli("bug").exception, ZeroDivisionError)


class TestMode:
    """The bare command."""

    def test_without_a_mode_it_shows_the_help(self, cli):
        result = cli()
        assert result.exit_code == 0
        assert "Usage: dify-runtime" in result.stdout

    def test_a_mode_runs_its_command(self, cli, install, tmp_path):
        (tmp_path / "site" / "song_of_labour.py").write_text(SONG)
        install("labour", COMMANDING.format(name="worker", target="song_of_labour:sing"))
        assert cli(MODE="worker").output == "la la\n"

    def test_a_mode_can_run_a_command_of_a_group(self, cli, install, tmp_path):
        code = "import click\n@click.group()\ndef db(): ...\n@db.command()\ndef upgrade(): click.echo('upgraded')"
        (tmp_path / "site" / "song_of_tables.py").write_text(code)
        install("tables", COMMANDING.format(name="db", target="song_of_tables:db"))
        assert cli(MODE="migration").output == "upgraded\n"

    def test_the_mode_may_come_from_the_dotenv_file(self, cli, somewhere):
        (somewhere / ".env").write_text("MODE=job\n")
        assert cli().exit_code == 2

    def test_job_needs_a_command(self, cli):
        result = cli(MODE="job")
        assert result.exit_code == 2
        assert "MODE=job needs a command" in result.stderr

    def test_a_mode_whose_command_nobody_brings_is_a_usage_error(self, cli):
        result = cli(MODE="beat")
        assert result.exit_code == 2
        assert "`dify-runtime scheduler`" in result.stderr

    def test_an_invalid_mode_names_the_variable(self, cli):
        result = cli(MODE="sleep")
        assert result.exit_code == 1
        assert "MODE (from environment" in result.stderr
