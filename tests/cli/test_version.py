"""`dify-runtime version` answers at once, whatever is broken."""

import json
import platform
import subprocess
import sys

from dify_runtime import __version__
from dify_runtime.cli.version import DIFY_API_VERSION
from dify_runtime_sdk import DIFY_API_VERSION as SDK_DIFY_API_VERSION

HEAVY = ("pydantic", "pluggy", "dify_runtime_sdk", "importlib_metadata", "asyncio")


def test_it_imports_neither_the_sdk_nor_pydantic_nor_pluggy():
    code = f"""
import sys
from dify_runtime.cli.main import root
root.main(["version"], standalone_mode=False)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_versions_are_those_of_host_api_and_python(cli):
    found = json.loads(cli("version", "--json").stdout)
    assert found == {"dify-runtime": __version__, "dify-api": DIFY_API_VERSION, "python": platform.python_version()}


def test_the_api_version_is_that_of_the_sdk():
    assert DIFY_API_VERSION == SDK_DIFY_API_VERSION


def test_the_text_has_a_line_per_version(cli):
    assert [line.split() for line in cli("version").stdout.splitlines()] == [
        ["dify-runtime", __version__],
        ["dify-api", DIFY_API_VERSION],
        ["python", platform.python_version()],
    ]
