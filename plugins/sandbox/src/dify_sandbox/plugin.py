"""The declaration of the plugin `sandbox`: what features require, who selects the back end, and templates."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl
from dify_runtime_sdk.code import TemplateRenderer

from .settings import SandboxSettings

if TYPE_CHECKING:
    from .templates.renderer import Renderer


class SandboxPlugin(Plugin):
    """Owns the capability `code-executor` and renders templates.

    The selected back end offers the service `CodeExecutor`, this plugin `TemplateRenderer`, both under the SDK's keys.
    """

    requires = ("code-executor",)
    selects: ClassVar[Mapping[str, str]] = {"code-executor": "CODE_EXECUTION_BACKEND"}
    settings = SandboxSettings

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the renderer; Jinja is imported when it is first looked up."""
        return [Service(TemplateRenderer, _renderer)]


async def _renderer(runtime: Runtime) -> "AsyncIterator[Renderer]":
    from .templates.renderer import Renderer  # brings Jinja

    settings = runtime.settings(SandboxSettings)
    async with Renderer(settings.TEMPLATE_TRANSFORM_MAX_LENGTH, settings.TEMPLATE_TIMEOUT) as renderer:
        yield renderer
