"""What the distribution says of itself, and what it costs a start."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

from dify_secrets.plugin import SecretsPlugin

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text(encoding="utf-8")
LIBRARIES = ("jwt", "Crypto", "argon2", "filelock", "cryptography", "concurrent.futures.thread")

BOOTED = f"""
import asyncio, sys
from pathlib import Path
from dify_runtime import Runtime
from dify_runtime_sdk import Plugin
from dify_secrets.plugin import SecretsPlugin

class StoragePlugin(Plugin):
    pass

async def main():
    before = set(sys.modules)
    plugins = {{"storage": StoragePlugin, "secrets": SecretsPlugin}}
    environ = {{"SECRET_KEY": "k" * 40}}
    async with Runtime.boot(plugins=plugins, environ=environ, cwd=Path(sys.argv[1]), roles=["job"]) as runtime:
        assert runtime.records["secrets"].state == "started"
    print(*(name for name in {LIBRARIES!r} if name in set(sys.modules) - before))

asyncio.run(main())
"""


def test_the_entry_point_is_the_plugin():
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, attribute = project["entry-points"]["dify_runtime.plugins"]["secrets"].partition(":")
    assert getattr(importlib.import_module(module), attribute) is SecretsPlugin


def test_every_setting_is_described_and_in_the_readme():
    for name, field in SecretsPlugin.settings.model_fields.items():
        assert field.description
        assert f"| `{name}` |" in README


def test_a_start_with_a_key_imports_no_library(tmp_path):
    done = subprocess.run([sys.executable, "-c", BOOTED, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_every_module_can_be_imported():
    source = HERE / "src"
    for path in sorted(source.rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        assert importlib.import_module(name).__doc__, name
