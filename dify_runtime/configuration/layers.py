"""The layers of the settings, and where each value came from."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from dify_runtime_sdk import SettingsError

SECRET_FILE_LIMIT = 1 << 20
"""A file in the secrets directory over this many bytes is not a setting."""


class Layer(StrEnum):
    """The layers, highest first."""

    INIT = "init"
    ENVIRONMENT = "environment"
    REMOTE = "remote"
    DOTENV = ".env"
    SECRETS = "secrets"
    TOML = "toml"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class LayerValues:
    """The values of one layer by upper-case name; `origin` is the file or address they came from."""

    layer: Layer
    values: Mapping[str, Any]
    origin: str = ""

    @property
    def label(self) -> str:
        """The layer in words."""
        return f"{self.layer} {self.origin}" if self.origin and self.origin != self.layer else str(self.layer)


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a setting in one layer, under one of its names."""

    name: str
    value: Any
    source: LayerValues


@dataclass(slots=True)
class Layers:
    """The traced mapping: all layers that have values, highest first."""

    stack: list[LayerValues] = field(default_factory=list)

    def find(self, names: Iterable[str]) -> Iterator[Found]:
        """The values of a setting, one per layer, highest first; within a layer the first of `names` wins."""
        names = tuple(names)
        for source in self.stack:
            for name in names:
                if name in source.values:
                    yield Found(name, source.values[name], source)
                    break

    def members(self, prefix: str) -> list[str]:
        """The names in any layer that begin with `prefix` and go on, sorted."""
        names = {name for source in self.stack for name in source.values}
        return sorted(name for name in names if name.startswith(prefix) and name != prefix)

    def put(self, values: LayerValues) -> None:
        """Add a layer at its place, or replace it."""
        order = list(Layer)
        self.stack = [kept for kept in self.stack if (kept.layer, kept.origin) != (values.layer, values.origin)]
        self.stack.append(values)
        self.stack.sort(key=lambda source: order.index(source.layer))  # stable: earlier files of a layer stay above


def upper(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values by upper-case name; settings names are case-insensitive."""
    return {name.upper(): value for name, value in values.items()}


def read_environment(environ: Mapping[str, str] | None) -> LayerValues:
    """The process environment, or the given stand-in for it."""
    return LayerValues(Layer.ENVIRONMENT, upper(os.environ if environ is None else environ))


def read_dotenv(path: Path) -> LayerValues:
    """The `.env` file at `path`; a missing one is empty. Raises `SettingsError` when it is not UTF-8 text."""
    if not path.is_file():
        return LayerValues(Layer.DOTENV, {})
    from dotenv import dotenv_values  # at first use: most processes have no such file

    try:
        values = dotenv_values(path, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}", hint="it must be a UTF-8 text file") from error
    return LayerValues(Layer.DOTENV, upper({k: v for k, v in values.items() if v is not None}), str(path))


def read_secrets(directory: Path | None) -> LayerValues:
    """The secrets directory: one file per setting, named like it, its content trimmed.

    Raises `SettingsError` when a directory is named and cannot be read.
    """
    if directory is None:
        return LayerValues(Layer.SECRETS, {})
    try:
        files = sorted(path for path in directory.iterdir() if path.is_file() and not path.name.startswith("."))
        values = {
            path.name: path.read_text(encoding="utf-8").strip()
            for path in files
            if path.stat().st_size <= SECRET_FILE_LIMIT
        }
    except (OSError, UnicodeDecodeError) as error:
        hint = "DIFY_RUNTIME_SECRETS_DIR must name a readable directory of text files"
        raise SettingsError(
            f"cannot read the secrets directory {directory}: {type(error).__name__}", hint=hint
        ) from error
    return LayerValues(Layer.SECRETS, upper(values), str(directory))


def read_toml(path: Path, *table: str) -> LayerValues:
    """The top level of the TOML file at `path`, or one of its tables; missing ones are empty.

    Raises `SettingsError` when the file is not valid TOML.
    """
    if not path.is_file():
        return LayerValues(Layer.TOML, {})
    try:
        content: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}", hint="it must be a valid TOML file") from error
    for key in table:
        content = content.get(key, {})
    return LayerValues(Layer.TOML, upper(content), str(path))


def read_local(
    *, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Layers:
    """Every layer but the remote one.

    `overrides` is the init layer. The home and the secrets directory are themselves settings; each is looked up in
    the layers read before it.
    """
    base = Path.cwd() if cwd is None else cwd
    layers = Layers()
    candidates = [
        LayerValues(Layer.INIT, upper(overrides or {})),
        read_environment(environ),
        read_dotenv(base / ".env"),
        read_toml(base / "dify-runtime.toml"),
        read_toml(base / "pyproject.toml", "tool", "dify-runtime"),
    ]
    for values in candidates:
        _put(layers, values)
    secrets = _path(layers, "DIFY_RUNTIME_SECRETS_DIR", base)
    _put(layers, read_secrets(secrets))
    home = home_directory(layers, base)
    if home != base:
        _put(layers, read_toml(home / "dify-runtime.toml"))
    return layers


def home_directory(layers: Layers, cwd: Path) -> Path:
    """Where the embedded default writes: `DIFY_RUNTIME_HOME`, or `.dify-runtime` in the working directory."""
    return _path(layers, "DIFY_RUNTIME_HOME", cwd) or cwd / ".dify-runtime"


def _put(layers: Layers, values: LayerValues) -> None:
    if values.values:
        layers.put(values)


def _path(layers: Layers, name: str, base: Path) -> Path | None:
    found = next(layers.find((name,)), None)
    return base / str(found.value) if found is not None and found.value else None
