"""Writing a new plugin distribution from the templates."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from string import Template
from typing import Final

from .. import __version__
from ..errors import HostError
from .kinds import KINDS
from .names import Names

_SUFFIX: Final = ".tmpl"
"""Templates are no Python files: installers compile those, linters read them."""


def write_plugin(names: Names, kind: str, directory: Path) -> list[Path]:
    """Write a plugin of this kind into `directory`, which must be empty or missing; returns the files written.

    Raises `HostError` when it is neither, or cannot be written.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise HostError(f"{directory} is there already, and not empty", hint="name another with --directory")
    values = _values(names, kind)
    templates = files(__package__).joinpath("templates")
    written: list[Path] = []
    try:
        for part in ("common", kind):
            for relative, template in _templates(templates.joinpath(part), PurePosixPath()):
                path = directory / _target(relative, names)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(Template(template.read_text("utf-8")).substitute(values), encoding="utf-8")
                written.append(path)
    except OSError as error:
        raise HostError(f"cannot write {directory}: {error.strerror}", hint="name another with --directory") from error
    return sorted(written)


def _templates(place: Traversable, relative: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for entry in place.iterdir():
        if entry.is_dir():
            yield from _templates(entry, relative / entry.name)
        elif entry.name.endswith(_SUFFIX):
            yield relative / entry.name.removesuffix(_SUFFIX), entry


def _target(relative: PurePosixPath, names: Names) -> Path:
    parts = [names.package if part == "package" else part for part in relative.parts]
    if parts[-1] == "gitignore":  # a template that is no ignore file of this repository
        parts[-1] = ".gitignore"
    return Path(*parts)


def _values(names: Names, kind: str) -> dict[str, str]:
    versions = version_range(__version__)
    dependencies = sorted((f"dify-runtime-sdk{versions}", *KINDS[kind].dependencies))
    return {
        "name": names.name,
        "package": names.package,
        "class_name": names.class_name,
        "prefix": names.prefix,
        "title": names.title,
        "summary": KINDS[kind].summary,
        "host_range": versions,
        "dependencies": "\n".join(f'    "{one}",' for one in dependencies),
    }


def version_range(version: str) -> str:
    """From `version` up to the next that may break: the next minor one before 1.0, the next major one after."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return f">={version},<{f'0.{minor + 1}' if major == 0 else major + 1}"
