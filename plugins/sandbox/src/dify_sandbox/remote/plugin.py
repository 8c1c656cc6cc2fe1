"""The declaration of the plugin `sandbox-remote`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.code import CodeExecutor

from ..settings import RemoteSettings

if TYPE_CHECKING:
    from .executor import RemoteExecutor


class SandboxRemotePlugin(Plugin):
    """Runs code in Dify's sandbox service, which the operator runs elsewhere; reached through the service `Egress`."""

    provides = (Provides("code-executor", key="remote"),)
    settings = RemoteSettings

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the executor; it is ready when the service answers."""
        return [Service(CodeExecutor, _executor, check=_check)]


def _executor(runtime: Runtime) -> "RemoteExecutor":
    from .executor import RemoteExecutor  # only a selected back end is imported

    return RemoteExecutor(runtime.settings(RemoteSettings), runtime.services)


async def _check(executor: Any) -> None:
    await executor.check()
