"""The declarations: what importing and declaring them costs and says."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from dify_runtime_sdk import ENTRY_POINT_GROUP, Plugin

NAMES = [
    "api-docs",
    "group-console",
    "group-files",
    "group-inner",
    "group-mcp",
    "group-service",
    "group-trigger",
    "group-web",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_plugin_is_found_by_its_entry_point_and_runs_with_the_api(name):
    [found] = entry_points(group=ENTRY_POINT_GROUP, name=name)
    plugin = found.load()
    assert issubclass(plugin, Plugin)
    assert plugin.roles == frozenset(("api",))


def test_importing_the_declarations_imports_no_web_framework():
    code = (
        "import sys\n"
        "from importlib.metadata import entry_points\n"
        f"[entry.load() for entry in entry_points(group={ENTRY_POINT_GROUP!r}) if entry.name in {NAMES!r}]\n"
        "print(sorted({'quart', 'flask', 'werkzeug', 'flask_swagger_ui'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
