"""The declaration of the plugin `sandbox-local`."""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.code import CodeExecutor

from ..settings import LocalSettings

if TYPE_CHECKING:
    from .executor import LocalExecutor


class SandboxLocalPlugin(Plugin):
    """Runs code on this machine, in bubblewrap; nothing is started, and nothing probed, before the first call."""

    provides = (Provides("code-executor", key="local"),)
    settings = LocalSettings

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the executor; it is not ready where no isolation can be had."""
        return [Service(CodeExecutor, _executor, check=_check)]


async def _executor(runtime: Runtime) -> "AsyncIterator[LocalExecutor]":
    from .executor import LocalExecutor  # only a selected back end is imported

    async with LocalExecutor(runtime.settings(LocalSettings)) as executor:
        yield executor


async def _check(executor: Any) -> None:
    executor.check()
