"""The plugins in a real runtime: who is selected, and what the settings say."""

import pytest

from dify_egress.plugin import EgressPlugin
from dify_runtime.errors import BootError
from dify_runtime.records import State
from dify_runtime_sdk import Plugin, Provides, Service, hookimpl
from dify_runtime_sdk.code import CodeCall, CodeExecutor, CodeLanguage, TemplateRenderer
from dify_sandbox.interpreter.executor import InterpreterExecutor
from dify_sandbox.interpreter.plugin import SandboxInterpreterPlugin
from dify_sandbox.local.executor import LocalExecutor
from dify_sandbox.local.plugin import SandboxLocalPlugin
from dify_sandbox.plugin import SandboxPlugin
from dify_sandbox.remote.executor import RemoteExecutor
from dify_sandbox.remote.plugin import SandboxRemotePlugin
from dify_sandbox.settings import SandboxSettings

PLUGINS = {
    "egress": EgressPlugin,
    "sandbox": SandboxPlugin,
    "sandbox-interpreter": SandboxInterpreterPlugin,
    "sandbox-local": SandboxLocalPlugin,
    "sandbox-remote": SandboxRemotePlugin,
}


class OddPlugin(Plugin):
    """A back end of somebody else's."""

    provides = (Provides("code-executor", key="odd"),)

    @hookimpl
    def services(self):
        return [Service(CodeExecutor, lambda _runtime: "odd")]


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, LocalExecutor),
        ({"CODE_EXECUTION_BACKEND": "auto"}, LocalExecutor),
        ({"CODE_EXECUTION_ENDPOINT": "http://sandbox.example:8194"}, RemoteExecutor),
        ({"CODE_EXECUTION_API_KEY": "a-key"}, RemoteExecutor),
        ({"CODE_EXECUTION_API_KEY": "a-key", "CODE_EXECUTION_BACKEND": "local"}, LocalExecutor),
        ({"CODE_EXECUTION_BACKEND": "remote"}, RemoteExecutor),
        ({"CODE_EXECUTION_BACKEND": "interpreter"}, InterpreterExecutor),
    ],
)
async def test_the_settings_select_the_back_end(runtime, environ, kind):
    booted = await runtime(PLUGINS, environ=environ)
    assert isinstance(await booted.services.get(CodeExecutor), kind)
    selected = {"local": LocalExecutor, "remote": RemoteExecutor, "interpreter": InterpreterExecutor}
    for key, of in selected.items():
        idle = booted.records[f"sandbox-{key}"].state is State.IDLE
        assert idle is (of is not kind)


async def test_a_third_party_brings_a_back_end_of_its_own(runtime):
    plugins = {**PLUGINS, "sandbox-odd": OddPlugin}
    booted = await runtime(plugins, settings={"CODE_EXECUTION_BACKEND": "odd"})
    assert await booted.services.get(CodeExecutor) == "odd"


async def test_a_back_end_that_is_not_there_is_an_error_that_lists_those_that_are(runtime):
    with pytest.raises(BootError, match=r"CODE_EXECUTION_BACKEND=docker .*available: interpreter, local, remote"):
        await runtime(PLUGINS, settings={"CODE_EXECUTION_BACKEND": "docker"})


async def test_code_and_templates_run_in_a_runtime(runtime):
    booted = await runtime(PLUGINS, environ={"CODE_SANDBOX_TIMEOUT": "5", "CODE_SANDBOX_CONCURRENCY": "2"})
    executor = await booted.services.get(CodeExecutor)
    assert await executor.run(CodeCall(CodeLanguage.PYTHON3, "def main(x):\n    return {'x': x}", {"x": 1})) == {"x": 1}
    renderer = await booted.services.get(TemplateRenderer)
    assert await renderer.render("Hello {{ x }}", {"x": 1}) == "Hello 1"
    assert (await booted.runtime.readiness()).ready if hasattr(booted.runtime, "readiness") else True


async def test_the_limits_of_templates_are_settings(runtime):
    environ = {"TEMPLATE_TRANSFORM_MAX_LENGTH": "10", "TEMPLATE_TIMEOUT": "1.5"}
    booted = await runtime(PLUGINS, environ=environ)
    renderer = await booted.services.get(TemplateRenderer)
    assert await renderer.render("{{ x }}", {"x": "x" * 10}) == "x" * 10
    with pytest.raises(Exception, match="more than 10 characters"):
        await renderer.render("{{ x }}", {"x": "x" * 11})


def test_the_defaults_are_those_of_dify():
    settings = SandboxSettings()
    assert str(settings.CODE_EXECUTION_ENDPOINT) == "http://sandbox:8194/"
    assert settings.CODE_EXECUTION_API_KEY.get_secret_value() == "dify-sandbox"
    assert settings.TEMPLATE_TRANSFORM_MAX_LENGTH == 400_000
