"""What the first-party distributions declare, and nothing else that is installed."""

import inspect
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from packaging.requirements import Requirement

from dify_runtime.bootstrap import BootstrapSettings
from dify_runtime.cli.lazy import LazyGroup, load_target
from dify_runtime.cli.main import BUILT_IN
from dify_runtime.http.settings import HttpSettings
from dify_runtime.server.settings import ServerSettings
from dify_runtime_sdk import Plugin, Settings, environment_names
from dify_runtime_sdk.hookspecs import CORE_HOOKS

from .pages import ROOT


@dataclass(frozen=True, slots=True)
class FirstParty:
    """One first-party plugin; `directory` is that of its distribution."""

    name: str
    distribution: str
    directory: Path
    declaration: type[Plugin]

    @property
    def models(self) -> list[type[Settings]]:
        source = self.declaration.config_source
        found = (self.declaration.settings, source.bootstrap if source else None)
        return [model for model in found if model is not None]


def _project(manifest: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]
    return project


def _plugins(*, standard: bool) -> Iterator[FirstParty]:
    extras = _project(ROOT / "pyproject.toml")["optional-dependencies"]
    in_standard = {Requirement(one).name for one in extras["standard"]}
    for manifest in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        project = _project(manifest)
        if (project["name"] in in_standard) is not standard:
            continue
        for name, value in project["entry-points"]["dify_runtime.plugins"].items():
            module, _, attribute = value.partition(":")
            declaration = getattr(import_module(module), attribute)
            yield FirstParty(name, project["name"], manifest.parent, declaration)


def _hooks(specifications: type) -> list[str]:
    return [name for name, member in vars(specifications).items() if inspect.isfunction(member)]


def _own_hooks(plugin: FirstParty) -> list[str]:
    """The hooks of a plugin that owns extension points."""
    points = getattr(plugin.declaration(), "extension_points", list)()
    return [name for specifications in points for name in _hooks(specifications)]


def _below(command: click.Command, path: str) -> Iterator[str]:
    yield path
    if isinstance(command, LazyGroup):
        for name, lazy in command.table.items():
            yield from _below(load_target(lazy.target), f"{path} {name}")


def _commands() -> Iterator[str]:
    for name, lazy in BUILT_IN.items():
        yield from _below(load_target(lazy.target), name)
    for plugin in PLUGINS:
        for command in getattr(plugin.declaration(), "commands", list)():
            yield from _below(load_target(command.target), command.name)


PLUGINS = sorted(_plugins(standard=True), key=lambda plugin: plugin.name)
"""Those of the extra `standard`: what the generated pages are made of."""
OPTIONAL = list(_plugins(standard=False))
"""Those that are installed on their own."""
HOOKS = [name for phase in CORE_HOOKS for name in _hooks(phase)] + [
    one for plugin in PLUGINS for one in _own_hooks(plugin)
]
MODELS = [BootstrapSettings, ServerSettings, HttpSettings, *(model for plugin in PLUGINS for model in plugin.models)]
SETTINGS = sorted({environment_names(name, field)[0] for model in MODELS for name, field in model.model_fields.items()})
COMMANDS = list(_commands())
