"""Nothing is left undocumented or untested: hooks, settings, commands, first-party plugins."""

import re
from functools import cache

import pytest

from .first_party import COMMANDS, HOOKS, OPTIONAL, PLUGINS, SETTINGS
from .pages import DOCS, ROOT

REFERENCE = DOCS / "reference"
TESTS = ("tests/**/*.py", "sdk/tests/**/*.py", "plugins/*/tests/**/*.py", "docs/examples/**/test_*.py")


@cache
def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@cache
def all_tests() -> str:
    """The text of all test modules but those of the documentation, which name everything."""
    modules = {path for pattern in TESTS for path in ROOT.glob(pattern) if "/tests/docs/" not in path.as_posix()}
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(modules))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook):
    heading = re.search(rf"^### `{hook}`$", page("hooks.md"), re.MULTILINE)
    assert heading or re.search(rf"^def {hook}\(", page("plugins.md"), re.MULTILINE), f"no page describes hook {hook!r}"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_implemented_in_a_test(hook):
    implemented = rf"def {hook}\(|\"{hook}\": hookimpl\(|\.{hook}\("
    assert re.search(implemented, all_tests()), f"no test implements or calls hook {hook!r}"


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_documented(setting):
    row = re.search(rf"^\| `{re.escape(setting)}`.*\| (.*) \|$", page("settings.md"), re.MULTILINE)
    assert row, f"the settings reference lacks {setting}"
    assert len(row[1]) > 10, f"setting {setting} has no description"


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_used_in_a_test(setting):
    name = re.escape(setting.removesuffix("*")) + ("" if setting.endswith("*") else r"\b")
    assert re.search(rf"\b{name}", all_tests()), f"no test mentions setting {setting}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    assert re.search(rf"^## `dify-runtime {command}`$", page("commands.md"), re.MULTILINE), f"no word on {command!r}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_run_in_a_test(command):
    words = r"[\"', ]+".join(map(re.escape, command.split()))
    assert re.search(rf"[\"']{words}[\"', ]", all_tests()), f"no test runs `dify-runtime {command}`"


@pytest.mark.parametrize("plugin", [*PLUGINS, *OPTIONAL], ids=lambda plugin: plugin.name)
def test_every_first_party_plugin_is_documented(plugin):
    assert re.search(rf"^### `{plugin.name}`$", page("plugins.md"), re.MULTILINE)
    assert plugin.declaration.__doc__


@pytest.mark.parametrize("plugin", [*PLUGINS, *OPTIONAL], ids=lambda plugin: plugin.name)
def test_every_first_party_plugin_has_tests(plugin):
    modules = [path.read_text(encoding="utf-8") for path in plugin.directory.glob("tests/**/test_*.py")]
    named = (plugin.declaration.__name__, f'"{plugin.name}"')
    assert any(name in text for text in modules for name in named), f"no test of {plugin.name!r} names it"
