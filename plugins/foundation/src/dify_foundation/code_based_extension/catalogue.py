"""The service `CodeBasedExtensions`: the extensions of one runtime, by kind and name."""

import inspect
from typing import Any, Literal, overload

from dify_runtime_sdk import PluginError, Registry, UnknownNameError

from .protocols import (
    EXTERNAL_DATA_TOOL,
    METHODS,
    MODERATION,
    BrokenExtension,
    CodeBasedExtension,
    ExternalDataTool,
    Moderation,
)


class CodeBasedExtensions:
    """Moderation and external data tools written as code; look it up as a service."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Registry[CodeBasedExtension]] = {
            MODERATION: Registry("code-based moderation"),
            EXTERNAL_DATA_TOOL: Registry("code-based external data tool"),
        }
        self.broken: list[BrokenExtension] = []
        """What could not be loaded from the operator's directory."""

    def add(self, extension: CodeBasedExtension, *, owner: str) -> None:
        """Add an extension of the plugin `owner`.

        Raises `DuplicateNameError` for a name that is taken, `PluginError` for a class that lacks a method.
        """
        missing = missing_methods(extension.kind, extension.target)
        if missing:
            raise PluginError(
                f"code-based {extension.kind} {extension.name!r} of plugin {owner!r} lacks async {', '.join(missing)}",
                hint="see the protocols Moderation and ExternalDataTool of dify_foundation",
            )
        self._registry(extension.kind).add(extension.name, extension, owner=owner)

    def names(self, kind: str) -> list[str]:
        """The names of a kind in the order of display; raises `UnknownNameError` for an unknown kind."""
        return [extension.name for extension in self._listed(kind)]

    @overload
    def get(self, kind: Literal["moderation"], name: str) -> type[Moderation]: ...
    @overload
    def get(self, kind: Literal["external_data_tool"], name: str) -> type[ExternalDataTool]: ...
    def get(self, kind: str, name: str) -> type[Moderation] | type[ExternalDataTool]:
        """The class of one extension; raises `UnknownNameError`."""
        return self._registry(kind)[name].target

    def describe(self, kind: str) -> list[dict[str, Any]]:
        """Name, label and form of each extension of a kind, as the console shows them."""
        return [
            {
                "name": extension.name,
                "label": dict(extension.label) or {"en-US": extension.name},
                "form_schema": [dict(item) for item in extension.form_schema],
            }
            for extension in self._listed(kind)
        ]

    def _listed(self, kind: str) -> list[CodeBasedExtension]:
        return sorted(self._registry(kind).values(), key=_rank)

    def _registry(self, kind: str) -> Registry[CodeBasedExtension]:
        registry = self._by_kind.get(kind)
        if registry is None:
            raise UnknownNameError(f"unknown kind of extension {kind!r}", hint=f"known: {', '.join(METHODS)}")
        return registry


def missing_methods(kind: str, target: type[Any]) -> list[str]:
    """The coroutine methods of `kind` that a class lacks."""
    return [name for name in METHODS.get(kind, ()) if not inspect.iscoroutinefunction(getattr(target, name, None))]


def _rank(extension: CodeBasedExtension) -> tuple[bool, int, str]:
    return extension.position is None, extension.position or 0, extension.name
