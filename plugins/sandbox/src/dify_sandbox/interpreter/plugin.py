"""The declaration of the plugin `sandbox-interpreter`."""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.code import CodeExecutor

from ..settings import CodeLimits

if TYPE_CHECKING:
    from .executor import InterpreterExecutor


class SandboxInterpreterPlugin(Plugin):
    """Runs subsets of Python and JavaScript in interpreters that have no way out; for systems without bubblewrap."""

    provides = (Provides("code-executor", key="interpreter"),)
    settings = CodeLimits

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the executor."""
        return [Service(CodeExecutor, _executor)]


async def _executor(runtime: Runtime) -> "AsyncIterator[InterpreterExecutor]":
    from .executor import InterpreterExecutor  # only a selected back end is imported

    async with InterpreterExecutor(runtime.settings(CodeLimits)) as executor:
        yield executor
