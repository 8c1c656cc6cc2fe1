"""What every first-party distribution of plugins keeps: documented plugins, described settings, importable modules."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dify_runtime_sdk import Plugin, environment_names, is_secret

PLUGINS = Path(__file__).parents[1] / "plugins"
DISTRIBUTIONS = sorted(path.parent for path in PLUGINS.glob("*/pyproject.toml"))
HEAVY = {
    "cache": ("redis", "ssl", "hashlib", "dify_cache.redis.cache", "dify_cache.local.cache"),
    "database": ("sqlalchemy", "alembic", "aiosqlite", "asyncpg", "sqlite3", "click", "quart", "greenlet"),
    "foundation": (
        *("quart", "orjson", "click", "zlib", "gzip", "urllib.request", "logging.handlers", "zoneinfo", "ipaddress"),
    ),
    "sandbox": (
        *("jinja2", "httpx", "pydantic_monty", "quickjs", "ctypes", "dify_sandbox.local.executor"),
        *("dify_sandbox.remote.executor", "dify_sandbox.templates.renderer"),
    ),
    "storage": (
        *("opendal", "fcntl", "hashlib", "platform", "dify_storage.local.storage", "dify_storage.opendal.services"),
    ),
}
"""What the declarations of a distribution leave to their first use, beyond what the checker's rules say for all."""

PUBLIC = {"database": ("dify_database", "dify_database.testing.plugin")}
"""What else of a distribution must be as light: features, and every run of pytest, import it."""


def entry_points(distribution: Path) -> dict[str, str]:
    project = tomllib.loads((distribution / "pyproject.toml").read_text())["project"]
    return project["entry-points"]["dify_runtime.plugins"]


def declarations(distribution: Path) -> dict[str, type[Plugin]]:
    loaded = {}
    for name, target in entry_points(distribution).items():
        module, _, attribute = target.partition(":")
        loaded[name] = getattr(importlib.import_module(module), attribute)
    return loaded


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_every_entry_point_is_a_plugin_that_says_what_it_is(distribution):
    readme = (distribution / "README.md").read_text()
    for name, plugin in declarations(distribution).items():
        assert issubclass(plugin, Plugin)
        assert plugin.__doc__, name
        assert f"`{name}`" in readme, name


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_every_setting_is_described_and_a_secret_where_it_is_named_like_one(distribution):
    for plugin in declarations(distribution).values():
        for name, field in (plugin.settings.model_fields if plugin.settings else {}).items():
            assert field.description, name
            [setting, *_] = environment_names(name, field)
            assert not (is_secret(setting) and field.annotation in {str, str | None}), setting


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_declarations_leave_what_is_heavy_to_its_first_use(name):
    modules = {target.partition(":")[0] for target in entry_points(PLUGINS / name).values()} | {*PUBLIC.get(name, ())}
    code = f"""if True:
        import sys, dify_runtime_sdk
        before = set(sys.modules)
        import {", ".join(sorted(modules))}
        print(*(name for name in {HEAVY[name]!r} if name in set(sys.modules) - before))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_every_module_says_what_it_is_and_can_be_imported(distribution):
    source = distribution / "src"
    names = [
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(source.rglob("*.py"))
        if path.stem.isidentifier() and path.stem != "__main__"
    ]
    code = f"""if True:
        import importlib
        print(*(name for name in {names!r} if not importlib.import_module(name).__doc__))"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr
