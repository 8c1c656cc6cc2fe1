"""The code of the guide runs."""

import re
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from dify_runtime_sdk import Plugin, Provides, Service, hookimpl
from dify_runtime_sdk.code import CodeExecutor, TemplateRenderer
from dify_runtime_sdk.testing.code import CodeExecutorSuite
from dify_sandbox.local.executor import LocalExecutor
from dify_sandbox.local.plugin import SandboxLocalPlugin
from dify_sandbox.plugin import SandboxPlugin
from dify_sandbox.settings import LocalSettings

GUIDE = (Path(__file__).parents[3] / "docs" / "how-to" / "run-code-safely.md").read_text(encoding="utf-8")
USE, PLUGIN, SUITE = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("source", "shown"),
    [("def main(arg1):\n    return {'upper': arg1.upper()}", {"upper": "TEXT"}), ("def main(arg1): return 1", None)],
)
async def test_a_plugin_runs_code(runtime, capsys, source, shown):
    booted = await runtime({"sandbox": SandboxPlugin, "sandbox-local": SandboxLocalPlugin})
    names: dict[str, Any] = {"runtime": booted, "source": source}
    exec(f"async def use():\n    result = None\n{indent(USE, '    ')}\n    return result", names)
    assert await names["use"]() == shown
    assert ("not a dict" in capsys.readouterr().out) is (shown is None)
    assert await (await booted.services.get(TemplateRenderer)).render("{{ a }}", {"a": 1}) == "1"


async def test_a_plugin_brings_a_back_end(runtime):
    names = {"Any": Any, "CodeExecutor": CodeExecutor, "Plugin": Plugin, "Provides": Provides, "Service": Service}
    names |= {
        "hookimpl": hookimpl,
        "make_executor": lambda runtime: LocalExecutor(LocalSettings()),
        "__name__": "guide",
    }
    exec(PLUGIN, names)
    plugins = {"sandbox": SandboxPlugin, "sandbox-vm": names["SandboxVmPlugin"]}
    booted = await runtime(plugins, settings={"CODE_EXECUTION_BACKEND": "vm"})
    assert isinstance(await booted.services.get(CodeExecutor), LocalExecutor)


def test_the_suite_is_used_as_the_guide_says():
    names = {}
    exec(SUITE, names)
    assert issubclass(names["TestVmExecutor"], CodeExecutorSuite)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"CODE_[A-Z_]+[A-Z]", GUIDE))))
def test_every_setting_in_the_guide_exists(name):
    from dify_sandbox.settings import RemoteSettings, SandboxSettings

    assert name in {**SandboxSettings.model_fields, **LocalSettings.model_fields, **RemoteSettings.model_fields}
