"""The Python files of a subject and the imports in them, read without running anything."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .subjects import Subject


@dataclass(frozen=True, slots=True)
class Import:
    """One absolute import: `module`, and for `from module import name` the name."""

    module: str
    name: str | None
    path: Path
    line: int

    def reaches(self, package: str) -> bool:
        """Whether it imports `package`, or something inside."""
        named = self.module if self.name is None else f"{self.module}.{self.name}"
        return any(full == package or full.startswith(f"{package}.") for full in (self.module, named))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A parsed file; `tree` is None when it is not valid Python, and `fault` says why."""

    path: Path
    tree: ast.Module | None
    fault: str | None = None

    def imports(self, *, module_level: bool = False) -> Iterator[Import]:
        """The absolute imports in the file, or only those of its top level; relative ones stay in the own package."""
        tree = self.tree or ast.Module([], [])
        for node in tree.body if module_level else ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, None, self.path, node.lineno)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
                for alias in node.names:
                    yield Import(node.module, alias.name, self.path, node.lineno)


def exported_names(package: Path) -> frozenset[str]:
    """The names in the `__all__` of a package's directory; none where it has no list, or one that is computed."""
    file = _parse(package / "__init__.py") if package.is_dir() else None
    for node in file.tree.body if file is not None and file.tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(names) | ast.Tuple(names)):
                return frozenset(str(one.value) for one in names if isinstance(one, ast.Constant))
    return frozenset()


def read_files(subject: Subject) -> list[SourceFile]:
    """Every Python file of the subject's own packages, in a fixed order; its tests are elsewhere."""
    return [_parse(path) for place in sorted(subject.packages.values()) for path in _python_files(place)]


def _python_files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def _parse(path: Path) -> SourceFile:
    try:
        return SourceFile(path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
    except (OSError, SyntaxError, ValueError) as error:
        return SourceFile(path, None, f"{type(error).__name__}: {error}")
