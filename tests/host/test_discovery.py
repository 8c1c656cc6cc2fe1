"""Discovery: what is found without configuration, what operators select, what clashes."""

import asyncio
import sys
from pathlib import Path

import pytest

from dify_runtime.assembly import BootRequest, lay_groundwork
from dify_runtime.errors import BootError
from dify_runtime.records import State
from dify_runtime.runtime import Runtime
from tests.plugin_dir import write_plugin

PLUGIN = """
from dify_runtime_sdk import Plugin


class One(Plugin):
    \"\"\"A plugin.\"\"\"
"""


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """A directory on `sys.path` that stands for `site-packages`."""
    directory = tmp_path / "site"
    directory.mkdir()
    monkeypatch.syspath_prepend(str(directory))
    before = set(sys.modules)
    yield directory
    for name in set(sys.modules) - before:
        if str(directory) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def found(tmp_path, **environ):
    request = BootRequest(environ={"PLUGIN_FAILURE": "degrade", **environ}, cwd=tmp_path)
    return lay_groundwork(request).discovery


def test_a_plugin_in_site_packages_is_found_with_no_configuration(site, tmp_path):
    write_plugin(site, "third-party", PLUGIN, version="2.5")
    discovery = found(tmp_path)
    record = discovery.ledger.records["third-party"]
    assert (record.version, record.state) == ("2.5", State.READY)
    assert record.import_ms > 0
    assert "third-party" in discovery.declarations


@pytest.mark.parametrize(
    ("environ", "state", "reason"),
    [
        ({}, State.READY, None),
        ({"DIFY_PLUGINS_ALLOW": "third-party"}, State.READY, None),
        ({"DIFY_PLUGINS_ALLOW": "third-*, other"}, State.READY, None),
        ({"DIFY_PLUGINS_ALLOW": "other"}, State.DENIED, "not in DIFY_PLUGINS_ALLOW"),
        ({"DIFY_PLUGINS_ALLOW": ""}, State.DENIED, "not in DIFY_PLUGINS_ALLOW"),
        ({"DIFY_PLUGINS_DENY": "Third_Party"}, State.DENIED, "denied by DIFY_PLUGINS_DENY"),
        (
            {"DIFY_PLUGINS_ALLOW": "third-party", "DIFY_PLUGINS_DENY": "third-*"},
            State.DENIED,
            "denied by DIFY_PLUGINS_DENY",
        ),
        ({"DIFY_PLUGINS_SAFE_MODE": "1"}, State.DENIED, "not first-party (DIFY_PLUGINS_SAFE_MODE)"),
    ],
)
def test_operators_select(site, tmp_path, environ, state, reason):
    write_plugin(site, "third-party", "raise SystemExit('imported')" if state is State.DENIED else PLUGIN)
    record = found(tmp_path, **environ).ledger.records["third-party"]
    assert (record.state, record.error) == (state, reason)


def test_safe_mode_keeps_first_party_plugins(site, tmp_path):
    discovery = found(tmp_path, DIFY_PLUGINS_SAFE_MODE="1")
    assert "logging" in discovery.declarations


@pytest.mark.parametrize(
    ("required", "problem"),
    [
        ("third-party", None),
        ("third-party>=2,<3", None),
        ("third-party>=3", "is installed as third-party 2.5, and >=3 is required"),
        ("ghost", "required plugin 'ghost' is not installed"),
        ("third-party >>", "is not a name with a version range"),
    ],
)
def test_required_plugins_must_be_there_in_a_fitting_version(site, tmp_path, required, problem):
    write_plugin(site, "third-party", PLUGIN, version="2.5")
    if problem is None:
        assert found(tmp_path, DIFY_PLUGINS_REQUIRED=required).ledger.records["third-party"].essential
    else:
        with pytest.raises(BootError) as caught:
            found(tmp_path, DIFY_PLUGINS_REQUIRED=required)
        assert problem in str(caught.value)


def test_two_distributions_with_one_name_are_both_named_and_neither_is_imported(site, tmp_path):
    write_plugin(site, "twin", "raise SystemExit('imported')", distribution="dist-one")
    write_plugin(site, "twin", "raise SystemExit('imported')", distribution="dist-two")
    record = found(tmp_path).ledger.records["twin"]
    assert record.state is State.FAILED
    assert "two plugins are named 'twin'" in record.error
    assert "dist-one 1.0" in record.error
    assert "dist-two 1.0" in record.error


def test_one_object_under_two_names_is_an_error_of_both(site, tmp_path):
    write_plugin(site, "first", PLUGIN, value="first:One")
    write_plugin(site, "second", PLUGIN, value="first:One")
    records = found(tmp_path).ledger.records
    assert "first:One is registered under several names: first, second" in records["first"].error
    assert records["second"].state is State.FAILED


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise ImportError('no such library')", "ImportError: no such library"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def One(): ...", "it must name a subclass of dify_runtime_sdk.Plugin"),
        (PLUGIN + "    requires = 'cache'\n", "One.requires is the text 'cache' (write ('cache',))"),
        (PLUGIN + "    provides = 'cache'\n", "write ('cache',)"),
        (PLUGIN + "    after = (5,)\n", "One.after holds 5"),
        (PLUGIN + "    settings = dict\n", "it must be a subclass of dify_runtime_sdk.Settings"),
        (PLUGIN + "    selects = {'store': 'STORE'}\n", "it must be a field of the plugin's own settings"),
        (PLUGIN + "    roles = frozenset(('web',))\n", "One.roles holds 'web'"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_a_record(site, tmp_path, code, problem):
    write_plugin(site, "broken", code, value="broken:One")
    record = found(tmp_path).ledger.records["broken"]
    assert (record.state, record.phase) == (State.FAILED, "import")
    assert problem in record.error


def test_a_name_that_is_no_plugin_name_is_refused(site, tmp_path):
    write_plugin(site, "Bad_Name", PLUGIN, distribution="bad")
    assert "use lower-case letters" in found(tmp_path).ledger.records["Bad_Name"].error


PHASES = ("import", "settings", "contribute", "start")
POLICIES = [  # phase, essential, policy, boots
    *[(phase, True, policy, False) for phase in PHASES for policy in ("fail", "degrade")],
    *[(phase, False, "fail", False) for phase in PHASES],
    *[(phase, False, "degrade", True) for phase in PHASES],
]

FAILING = {
    "import": "raise OSError('lost')",
    "settings": """
from pydantic import Field
from dify_runtime_sdk import Plugin, Settings
class BrokenSettings(Settings):
    BROKEN_PORT: int = Field('lost', description='', validate_default=True)
class One(Plugin):
    settings = BrokenSettings
""",
    "contribute": """
from dify_runtime_sdk import Plugin, hookimpl
class One(Plugin):
    @hookimpl
    def commands(self):
        raise OSError('lost')
""",
    "start": """
from dify_runtime_sdk import Plugin
class One(Plugin):
    async def start(self, runtime):
        raise OSError('lost')
""",
}

DEPENDANT = """
from dify_runtime_sdk import Plugin
class Dependant(Plugin):
    requires = ('broken',)
"""


@pytest.mark.parametrize(("phase", "essential", "policy", "boots"), POLICIES)
async def test_the_outcome_table(site, tmp_path, phase, essential, policy, boots):
    write_plugin(site, "broken", FAILING[phase], value="broken:One")
    write_plugin(site, "dependant", DEPENDANT, value="dependant:Dependant")
    environ = {"PLUGIN_FAILURE": policy, "DIFY_PLUGINS_ALLOW": "broken,dependant"}
    if essential:
        environ["DIFY_PLUGINS_REQUIRED"] = "broken"
    async with asyncio.timeout(20):
        if boots:
            async with Runtime.boot(environ=environ, cwd=tmp_path, roles=("job",)) as runtime:
                assert (runtime.records["broken"].state, runtime.records["broken"].phase) == (State.FAILED, phase)
                assert runtime.records["dependant"].state is State.UNMET
        else:
            with pytest.raises(BootError, match=f"plugin 'broken' failed in phase {phase}"):
                async with Runtime.boot(environ=environ, cwd=tmp_path, roles=("job",)):
                    pytest.fail("booted")


@pytest.mark.parametrize(("mode", "policy"), [("", "degrade"), ("api", "fail"), ("worker", "fail")])
async def test_the_default_policy_follows_the_mode(site, tmp_path, mode, policy):
    write_plugin(site, "broken", FAILING["import"])
    groundwork = lay_groundwork(BootRequest(environ={"MODE": mode, "DIFY_PLUGINS_ALLOW": "broken"}, cwd=tmp_path))
    assert groundwork.discovery.ledger.strict is (policy == "fail")


@pytest.mark.parametrize(
    ("mode", "roles"),
    [
        ("", {"api", "worker", "scheduler"}),
        ("api", {"api"}),
        ("worker", {"worker"}),
        ("beat", {"scheduler"}),
        ("job", {"job"}),
        ("migration", {"job"}),
    ],
)
def test_the_role_table(tmp_path, mode, roles):
    groundwork = lay_groundwork(BootRequest(environ={"MODE": mode}, cwd=tmp_path, plugins={}))
    assert groundwork.roles == roles


def test_a_denied_requirement_is_a_decision_not_a_failure(site, tmp_path):
    write_plugin(site, "dependant", DEPENDANT, value="dependant:Dependant")
    write_plugin(site, "broken", PLUGIN, value="broken:One")
    environ = {"MODE": "api", "DIFY_PLUGINS_ALLOW": "dependant"}

    async def boot():
        async with Runtime.boot(environ=environ, cwd=tmp_path, roles=("job",)) as runtime:
            return runtime.records["dependant"]

    record = asyncio.run(boot())
    assert record.state is State.UNMET
    assert "'broken' is denied" in record.error
