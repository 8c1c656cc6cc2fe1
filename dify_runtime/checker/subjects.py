"""What is checked: a plugin distribution, as a source directory or as installed."""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dify_runtime_sdk import ENTRY_POINT_GROUP

from ..errors import HostError


@dataclass(frozen=True, slots=True)
class Subject:
    """One distribution. `root` is its source directory, None when all there is of it is an installed wheel."""

    distribution: str
    entry_points: Mapping[str, str]
    requirements: tuple[str, ...]
    description: str
    readme: str
    requires_python: str
    manifest: Path | None
    root: Path | None
    search: tuple[Path, ...]
    packages: Mapping[str, Path] = field(default_factory=dict)
    """Its own top-level packages or modules, each with its directory or file."""

    def owns(self, module: str) -> bool:
        """Whether a module, by its dotted name, belongs to this distribution."""
        return any(module == package or module.startswith(f"{package}.") for package in self.packages)


def find_subjects(target: str | None) -> list[Subject]:
    """What `target` names: a directory, a plugin, a distribution; None = every installed plugin.

    Raises `HostError` when it names nothing.
    """
    if target is not None and Path(target).is_dir():
        return [read_source(Path(target).resolve())]
    return list(_installed(target))


def read_source(root: Path) -> Subject:
    """The distribution whose `pyproject.toml` is in `root`; raises `HostError` where there is none, or it is broken."""
    manifest = root / "pyproject.toml"
    try:
        content: Any = tomllib.loads(manifest.read_text(encoding="utf-8"))
        project = content["project"]
        entry_points = {str(k): str(v) for k, v in project.get("entry-points", {}).get(ENTRY_POINT_GROUP, {}).items()}
        distribution = str(project["name"])
    except OSError as error:
        hint = "name the directory of a plugin's source, or an installed plugin"
        raise HostError(f"cannot read {manifest}", hint=hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, AttributeError, TypeError) as error:
        hint = "it needs a table [project] with a name"
        raise HostError(f"{manifest} does not describe a distribution: {error}", hint=hint) from error
    search = tuple(base for base in (root / "src", root) if base.is_dir())
    return Subject(
        distribution=distribution,
        entry_points=entry_points,
        requirements=tuple(map(str, project.get("dependencies", ()))),
        description=str(project.get("description", "")),
        readme=_readme(root, project.get("readme")),
        requires_python=str(project.get("requires-python", "")),
        manifest=manifest,
        root=root,
        search=search,
        packages=dict(_packages_below(search, entry_points)),
    )


def _readme(root: Path, declared: Any) -> str:
    if isinstance(declared, dict):
        declared = declared.get("file")
    path = root / declared if isinstance(declared, str) else None
    return path.read_text(encoding="utf-8", errors="replace") if path is not None and path.is_file() else ""


def _packages_below(search: tuple[Path, ...], entry_points: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    for value in entry_points.values():
        parts = value.partition(":")[0].split(".")
        for base in search:
            found = _package_below(base, parts)
            if found is not None:
                yield found
                break


def _package_below(base: Path, parts: list[str]) -> tuple[str, Path] | None:
    """The first regular package or module on the way down; directories without `__init__.py` only hold packages."""
    place = base
    for index, part in enumerate(parts, start=1):
        place = place / part
        if (place / "__init__.py").is_file():
            return ".".join(parts[:index]), place
        if place.with_name(f"{part}.py").is_file():
            return ".".join(parts[:index]), place.with_name(f"{part}.py")
    return None


def _installed(target: str | None) -> Iterator[Subject]:
    import importlib_metadata  # at first use: a source directory needs none of it

    plugins = {
        dist.name: (dist, [entry for entry in dist.entry_points if entry.group == ENTRY_POINT_GROUP])
        for dist in importlib_metadata.distributions()
    }
    plugins = {name: found for name, found in plugins.items() if found[1]}
    chosen = {
        name
        for name, (_, entries) in plugins.items()
        if target is None or target == name or target in {entry.name for entry in entries}
    }
    if target is not None and not chosen:
        known = [*plugins, *(entry.name for _, entries in plugins.values() for entry in entries)]
        nearest = difflib.get_close_matches(target, known, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else "`dify-runtime plugins list` shows what is installed"
        raise HostError(f"{target!r} is neither a directory nor an installed plugin", hint=hint)
    for name in sorted(chosen):
        dist, entries = plugins[name]
        source = _editable_source(dist)
        yield read_source(source) if source is not None else _read_installed(dist, entries)


def _editable_source(dist: Any) -> Path | None:
    """The source directory of a distribution installed in place."""
    try:
        origin = json.loads(dist.read_text("direct_url.json") or "{}")
    except ValueError:
        return None
    if not origin.get("dir_info", {}).get("editable"):
        return None
    path = Path(unquote(urlsplit(origin.get("url", "")).path))
    return path if (path / "pyproject.toml").is_file() else None


def _read_installed(dist: Any, entries: list[Any]) -> Subject:
    entry_points = {entry.name: entry.value for entry in entries}
    found = (package_place(value.partition(":")[0]) for value in entry_points.values())
    metadata = dist.metadata
    return Subject(
        distribution=dist.name,
        entry_points=entry_points,
        requirements=tuple(one for one in dist.requires or () if "extra ==" not in one),
        description=metadata.get("Summary") or "",
        readme=metadata.get_payload() or metadata.get("Description") or "",
        requires_python=metadata.get("Requires-Python") or "",
        manifest=None,
        root=None,
        search=(),
        packages=dict(one for one in found if one is not None),
    )


def package_place(module: str) -> tuple[str, Path] | None:
    """The first regular package or module on the way down to `module`; nothing but namespaces is imported."""
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        try:
            spec = find_spec(name)
        except (ImportError, ValueError):
            return None
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin)
            return name, path.parent if spec.submodule_search_locations else path
    return None
