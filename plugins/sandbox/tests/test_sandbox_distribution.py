import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dify_runtime_sdk import Plugin

HERE = Path(__file__).parents[1]
ENTRY_POINTS = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["entry-points"]["dify_runtime.plugins"]
README = (HERE / "README.md").read_text()
HEAVY = (
    *("jinja2", "httpx", "pydantic_monty", "quickjs", "ctypes", "dify_sandbox.local.executor"),
    *("dify_sandbox.remote.executor", "dify_sandbox.templates.renderer"),
)


def declaration(name) -> type[Plugin]:
    module, _, attribute = ENTRY_POINTS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_every_entry_point_is_a_documented_plugin(name):
    plugin = declaration(name)
    assert issubclass(plugin, Plugin)
    assert plugin.__doc__
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_every_setting_is_described_and_in_the_readme(name):
    model = declaration(name).settings
    for setting, field in (model.model_fields if model else {}).items():
        assert field.description, setting
        assert f"`{setting}`" in README, setting


def test_declarations_are_light():
    modules = sorted(target.partition(":")[0] for target in ENTRY_POINTS.values())
    code = f"""if True:
        import sys, dify_runtime_sdk
        before = set(sys.modules)
        import {", ".join(modules)}
        print(*(name for name in {HEAVY!r} if name in set(sys.modules) - before))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_module_can_be_imported_alone():
    source = HERE / "src"
    for path in sorted(source.rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        assert importlib.import_module(name).__doc__, name
