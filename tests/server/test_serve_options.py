"""Arguments that plugins add to `serve`, and the command's own."""

import pytest

from dify_runtime.assembly import BootRequest, Groundwork, lay_groundwork
from dify_runtime.cli.serve import last_value
from dify_runtime.records import State
from dify_runtime.server.options import plugin_arguments, plugin_options
from dify_runtime_sdk import Plugin, ServeArguments, ServeOption

GREETER = '''
from pydantic import Field

from dify_runtime_sdk import Plugin, ServeOption, Settings


class GreeterSettings(Settings):
    """What to say."""

    GREETING: str = Field("nothing", description="What to say")


class One(Plugin):
    """Says what its setting says."""

    settings = GreeterSettings
    serve_options = (
        ServeOption("--greeting", "GREETING", "What to say."),
        ServeOption("--politely", "GREETING", "Say good day.", flag_value="good day"),
    )

    async def start(self, runtime):
        print(runtime.settings(GreeterSettings).GREETING, flush=True)
'''


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "from below"),
        (("--greeting", "hello"), "hello"),
        (("--politely",), "good day"),
    ],
)
async def test_the_value_of_a_plugins_option_is_the_top_layer_of_its_setting(serve, arguments, said):
    serving = await serve(*arguments, plugins={"greeter": GREETER}, GREETING="from below")
    assert await serving.line() == said


OPENER = """
import json

from pydantic import Field

from dify_runtime_sdk import Plugin, ServeArguments, ServeOption, Settings


class OpenerSettings(Settings):
    \"\"\"What to open.\"\"\"

    FILES: list[str] = Field(["default"], description="What to open")


class One(Plugin):
    \"\"\"Says which files it was given.\"\"\"

    settings = OpenerSettings
    serve_arguments = ServeArguments("FILE", "FILES", "What to open.")
    serve_options = (ServeOption("--watch", "WATCH", "Watch them.", flag_value="true"),)

    async def start(self, runtime):
        print(json.dumps(runtime.settings(OpenerSettings).FILES), flush=True)
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), '["default"]'),
        (("one.yml", "--watch", "two/"), '["one.yml", "two/"]'),
        (("--port", "0", "--", "--watch"), '["--watch"]'),
    ],
)
async def test_arguments_that_are_no_options_are_a_list_for_the_setting_of_the_plugin_that_takes_them(
    serve, arguments, said
):
    serving = await serve(*arguments, plugins={"opener": OPENER})
    assert await serving.line() == said


async def test_help_shows_who_takes_the_arguments(serve):
    end = await (await serve("--help", plugins={"opener": OPENER})).end()
    text = "\n".join(end.stdout)
    assert "[OPTIONS] [FILE]..." in text
    assert "[FILE]...  What to open." in text.partition("Arguments of plugin opener:")[2]


async def test_arguments_that_nobody_takes_are_an_error_of_usage(serve):
    end = await (await serve("one.yml")).end()
    assert end.status == 2
    assert "unexpected extra argument" in end.stderr


async def test_help_shows_the_options_of_each_plugin_under_its_name(serve):
    end = await (await serve("--help", plugins={"greeter": GREETER})).end()
    assert end.status == 0
    text = "\n".join(end.stdout)
    own, _, plugins = text.partition("Options of plugin greeter:")
    assert "--port" in own
    assert "--greeting TEXT  What to say." in plugins
    assert "--politely" in plugins
    assert "--greeting" not in own


async def test_help_does_not_depend_on_the_settings_being_right(serve):
    end = await (await serve("--help", MODE="no-such-mode")).end()
    assert end.status == 0
    assert any("--port" in line for line in end.stdout)


async def test_an_unknown_option_is_an_error_of_usage(serve):
    end = await (await serve("--greeting", "hello")).end()
    assert end.status == 2
    assert "No such option" in end.stderr


async def test_a_plugin_whose_flag_is_taken_is_out_and_the_rest_serves(serve):
    serving = await serve("--greeting", "hello", plugins={"greeter": GREETER, "other": GREETER})
    assert await serving.line() == "hello"
    assert (await serving.ready()).plugins == 1
    warnings = [line for line in (await serving.stop()).stderr.splitlines() if line.startswith("warning:")]
    assert len(warnings) == 1
    assert "plugin 'other' is out: the flag --greeting of plugin 'other' is taken by plugin 'greeter'" in warnings[0]


async def test_where_failures_stop_the_boot_so_does_a_taken_flag(serve):
    end = await (await serve(plugins={"greeter": GREETER, "other": GREETER}, PLUGIN_FAILURE="fail")).end()
    assert (end.status, end.stdout) == (1, [])
    assert "Error: plugin 'other' failed in phase contribute: the flag --greeting of plugin 'other'" in end.stderr


def declaring(*options: object) -> type[Plugin]:
    return type("Declared", (Plugin,), {"serve_options": options})


def groundwork(**plugins: type[Plugin]) -> Groundwork:
    return lay_groundwork(BootRequest(plugins=plugins, environ={}, strict=False))


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (ServeOption("--port", "X", ""), "the flag --port of plugin 'bad' is taken by `serve` itself"),
        (ServeOption("-x", "X", ""), "'-x' is not a flag of `serve`"),
        (ServeOption("--Two_Words", "X", ""), "'--Two_Words' is not a flag of `serve`"),
        (
            ServeOption("--safe", "dify_plugins_safe_mode", ""),
            "--safe sets dify_plugins_safe_mode, which is read before",
        ),
        ("--text", "serve_options holds '--text'"),
    ],
)
def test_a_wrong_option_is_its_plugins_failure_and_takes_none_of_its_others(option, problem):
    ground = groundwork(
        bad=declaring(ServeOption("--fine", "X", ""), option), good=declaring(ServeOption("--a", "A", ""))
    )
    assert [owned.plugin for owned in plugin_options(ground, ["--port"])] == ["good"]
    record = ground.discovery.ledger.records["bad"]
    assert (record.state, record.phase) == (State.FAILED, "contribute")
    assert problem in record.error


def taking(arguments: object, *options: object) -> type[Plugin]:
    return type("Taking", (Plugin,), {"serve_arguments": arguments, "serve_options": options})


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (ServeArguments("FILE", "Y", ""), "that plugin 'second' wants are taken by plugin 'first'"),
        (ServeArguments("FILE", "dify_plugins_safe_mode", ""), "sets dify_plugins_safe_mode, which is read before"),
        ("FILE", "serve_arguments is 'FILE'"),
    ],
)
def test_wrong_arguments_are_their_plugins_failure_and_take_its_options_too(arguments, problem):
    option = ServeOption("--a", "A", "")
    ground = groundwork(first=taking(ServeArguments("FILE", "X", "")), second=taking(arguments, option))
    owned = plugin_arguments(ground)
    assert owned is not None
    assert owned.plugin == "first"
    assert problem in ground.discovery.ledger.records["second"].error
    assert plugin_options(ground, []) == []


async def test_a_plugin_whose_options_are_wrong_takes_no_arguments(serve):
    wrong = OPENER.replace("--watch", "--port")
    end = await (await serve("one.yml", plugins={"opener": wrong})).end()
    assert end.status == 2
    assert "unexpected extra argument" in end.stderr


def test_one_plugin_cannot_use_a_flag_twice():
    ground = groundwork(bad=declaring(ServeOption("--a", "A", ""), ServeOption("--a", "B", "")))
    assert plugin_options(ground, []) == []
    assert "the flag --a of plugin 'bad' is taken by plugin 'bad'" in ground.discovery.ledger.records["bad"].error


def test_the_options_of_a_plugin_that_is_denied_are_not_there():
    plugins = {"bad": declaring(ServeOption("--a", "A", ""))}
    ground = lay_groundwork(BootRequest(plugins=plugins, environ={"DIFY_PLUGINS_DENY": "bad"}))
    assert plugin_options(ground, []) == []


@pytest.mark.parametrize(
    ("arguments", "home"),
    [
        ([], None),
        (["--port", "1"], None),
        (["--home", "a", "--port", "1"], "a"),
        (["--home=a", "--home", "b"], "b"),
        (["--home"], None),
        (["--", "--home", "a"], None),
    ],
)
def test_the_home_is_known_before_the_arguments_are_parsed(arguments, home):
    assert last_value("--home", arguments) == home
