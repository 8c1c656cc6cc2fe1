"""`plugins list` shows what became of each plugin, whatever is broken."""

import json
import socket

import pytest

from tests.cli.plugin_code import PLUGIN, SOURCE

FIELDS = {
    "name",
    "distribution",
    "version",
    "state",
    "requires",
    "after",
    "before",
    "provides",
    "level",
    "import_ms",
    "import_kb",
    "start_ms",
    "error",
}


@pytest.fixture
def listed(cli):
    """The records of the plugins that were not denied, by name, in the order they came."""

    def run(**environ):
        result = cli("plugins", "list", "--json", **environ)
        records = json.loads(result.stdout)
        return {one["name"]: one for one in records if one["state"] != "denied"}, result

    return run


def test_the_order_is_the_resolved_one(listed, install):
    install("alpha", PLUGIN.format(body="requires = ('omega',)"))
    install("beta", PLUGIN.format(body="before = ('omega',)"))
    install("omega", PLUGIN.format(body="provides = ('ending',)"), distribution="last", version="2.1")
    records, result = listed()
    assert result.exit_code == 0
    assert list(records) == ["beta", "omega", "alpha"]
    assert [one["level"] for one in records.values()] == [0, 1, 2]
    assert records["omega"].keys() >= FIELDS
    assert records["omega"]["distribution"] == "last"
    assert records["omega"]["version"] == "2.1"
    assert records["omega"]["provides"] == ["ending"]
    assert records["alpha"]["requires"] == ["omega"]
    assert {one["state"] for one in records.values()} == {"ready"}
    assert {one["start_ms"] for one in records.values()} == {None}


def test_nothing_is_started(listed, install):
    body = "def start(self, runtime): raise SystemExit('started')"
    install("starter", PLUGIN.format(body=body))
    records, result = listed()
    assert records["starter"]["state"] == "ready"
    assert result.exit_code == 0


def test_a_broken_plugin_is_a_row_with_its_reason(listed, install):
    install("broken", "import nothing_of_this_name")
    install("sound", PLUGIN.format(body=""))
    install("needy", PLUGIN.format(body="requires = ('broken',)"))
    records, result = listed()
    assert result.exit_code == 0
    assert records["sound"]["state"] == "ready"
    assert (records["broken"]["state"], records["broken"]["phase"]) == ("failed", "import")
    assert "nothing_of_this_name" in records["broken"]["error"]
    assert records["needy"]["state"] == "unmet"


def test_an_essential_plugin_that_is_broken_is_a_row_too(listed, install):
    install("vital", PLUGIN.format(body="essential = True\n    def enabled(self, settings): return 1 / 0"))
    records, result = listed()
    assert records["vital"]["state"] == "failed"
    assert result.exit_code == 0


def test_a_contribution_that_fails_is_a_row_too(listed, install):
    code = "from dify_runtime_sdk import hookimpl\n" + PLUGIN
    install("offering", code.format(body="@hookimpl\n    def services(self): return 7"))
    install("sound", PLUGIN.format(body=""))
    records, _ = listed()
    assert records["offering"]["phase"] == "contribute"
    assert records["sound"]["state"] == "ready"


def test_two_plugins_of_one_name_are_one_row_that_names_both(listed, install):
    install("twin", PLUGIN.format(body=""), distribution="left")
    install("twin", PLUGIN.format(body=""), distribution="right")
    records, result = listed()
    assert "left 1.0" in records["twin"]["error"]
    assert "right 1.0" in records["twin"]["error"]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PLUGIN_FAILURE", "sometimes"),
        ("DIFY_PLUGINS_REQUIRED", "ghost"),
        ("DIFY_PORT", "many"),
        ("DIFY_PLUGINS_START_TIMEOUT", "-1"),
    ],
)
def test_wrong_settings_of_the_host_are_an_error_beside_the_rows(listed, install, variable, value):
    install("sound", PLUGIN.format(body=""))
    records, result = listed(**{variable: value})
    assert records["sound"]["state"] == "ready"
    assert result.exit_code == 1
    assert variable in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_settings_file_is_an_error_beside_the_rows(listed, install, somewhere):
    install("sound", PLUGIN.format(body=""))
    (somewhere / "dify-runtime.toml").write_text("not toml")
    records, result = listed()
    assert records["sound"]["state"] == "ready"
    assert result.exit_code == 1
    assert "dify-runtime.toml" in result.stderr


def test_settings_that_clash_are_an_error_beside_the_rows(listed, install):
    code = "from dify_runtime_sdk import Plugin, Settings\nclass Own(Settings):\n    SHADE: {kind}\n"
    code += "class One(Plugin):\n    settings = Own\n"
    install("light", code.format(kind="int = 1"))
    install("dark", code.format(kind="str = 'x'"))
    records, result = listed()
    assert {"light", "dark"} <= records.keys()
    assert result.exit_code == 1
    assert "SHADE is claimed by plugin" in result.stderr


@pytest.fixture
def dead_port():
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_config_source_that_is_down_is_a_row_with_its_reason(listed, install, dead_port):
    install("cellar", SOURCE)
    install("sound", PLUGIN.format(body=""))
    records, result = listed(REMOTE_SETTINGS_SOURCE_NAME="cellar", CELLAR_PORT=str(dead_port))
    assert records["cellar"]["phase"] == "settings"
    assert "light a candle" in records["cellar"]["error"]
    assert records["sound"]["state"] == "ready"
    assert result.exit_code == 0


def test_a_config_source_that_is_not_there_is_an_error_beside_the_rows(listed, install):
    install("sound", PLUGIN.format(body=""))
    records, result = listed(REMOTE_SETTINGS_SOURCE_NAME="attic")
    assert records["sound"]["state"] == "ready"
    assert "REMOTE_SETTINGS_SOURCE_NAME=attic" in result.stderr
    assert result.exit_code == 1


def test_the_roles_are_those_of_the_mode(listed, install):
    install("web", PLUGIN.format(body="roles = frozenset(('api',))"))
    assert listed()[0]["web"]["state"] == "ready"
    assert listed(MODE="worker")[0]["web"]["state"] == "idle"


def test_what_plugins_print_is_not_output(listed, install):
    install("chatty", "print('hello')\n" + PLUGIN.format(body=""))
    records, result = listed()
    assert records["chatty"]["state"] == "ready"
    assert "hello" in result.stderr


def test_the_text_is_a_table_with_the_reasons_below(cli, install):
    install("broken", "import nothing_of_this_name")
    install("sound", PLUGIN.format(body=""))
    lines = cli("plugins", "list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "LEVEL", "IMPORT", "MS", "VERSION", "DISTRIBUTION"]
    assert any(line.split()[:3] == ["sound", "ready", "0"] for line in lines)
    assert any(line.startswith("broken: import: ModuleNotFoundError") for line in lines)
