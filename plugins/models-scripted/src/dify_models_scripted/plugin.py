"""The declaration of the plugin."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

from .rules import Script
from .settings import ScriptedSettings

if TYPE_CHECKING:
    from .provider import ScriptedProvider


class ScriptedPlugin(Plugin):
    """The provider `scripted`."""

    requires = ("models",)
    settings = ScriptedSettings

    _script: Script

    @hookimpl
    def services(self, runtime: Runtime) -> list[Service[Any]]:
        """Offer the script, so that tests can change it."""
        self._script = Script(runtime.settings(ScriptedSettings).SCRIPTED_MODELS)
        return [Service(Script, lambda _runtime: self._script)]

    @hookimpl
    def model_providers(self) -> "list[ScriptedProvider]":
        """The provider."""
        from .provider import ScriptedProvider

        return [ScriptedProvider(self._script)]
