"""The plugin `code-based-extension`."""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

from .settings import CodeBasedExtensionSettings

if TYPE_CHECKING:
    from .catalogue import CodeBasedExtensions
    from .directory import ExtensionModules
    from .protocols import ExtensionKind

_log = logging.getLogger(__name__)


class CodeBasedExtensionPlugin(Plugin):
    """Moderation and external data tools as code: from wheels, by hook, and from the operator's directory."""

    settings = CodeBasedExtensionSettings

    def __init__(self) -> None:
        self._extensions: CodeBasedExtensions | None = None
        self._modules: ExtensionModules | None = None

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer the hook `code_based_extensions`."""
        from .hooks import CodeBasedExtensionHooks

        return [CodeBasedExtensionHooks]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the service `CodeBasedExtensions`."""
        from .catalogue import CodeBasedExtensions

        return [Service(CodeBasedExtensions, lambda _runtime: self._catalogue())]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect what other plugins contribute."""
        extensions = self._catalogue()
        for plugin, extension in runtime.contributions("code_based_extensions"):
            extensions.add(extension, owner=plugin)

    async def start(self, runtime: Runtime) -> None:
        """Load the operator's extensions; one that is broken is recorded and logged, and the others go on."""
        from .directory import ExtensionModules

        chosen = runtime.settings(CodeBasedExtensionSettings).CODE_BASED_EXTENSION_DIR
        self._modules = ExtensionModules()
        await asyncio.to_thread(self._scan, chosen or runtime.home / "extensions", self._modules)
        if chosen is not None and not await asyncio.to_thread(chosen.is_dir):
            _log.warning("CODE_BASED_EXTENSION_DIR is %s, and there is no such directory", chosen)

    async def stop(self) -> None:
        """Let go of the loaded modules."""
        if self._modules is not None:
            self._modules.forget()

    def _catalogue(self) -> "CodeBasedExtensions":
        from .catalogue import CodeBasedExtensions

        if self._extensions is None:
            self._extensions = CodeBasedExtensions()
        return self._extensions

    def _scan(self, directory: Path, modules: "ExtensionModules") -> None:
        from .directory import candidates

        for kind, name, folder in candidates(directory):
            self._load(kind, name, folder, modules)

    def _load(self, kind: "ExtensionKind", name: str, folder: Path, modules: "ExtensionModules") -> None:
        from .directory import load_extension
        from .protocols import BrokenExtension

        extensions = self._catalogue()
        try:
            extensions.add(load_extension(kind, name, folder, modules), owner=self.name)
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}"
            extensions.broken.append(BrokenExtension(kind, name, reason))
            _log.exception("code-based %s %r in %s cannot be loaded", kind, name, folder)
