"""Loading of the operator's own extensions: `<directory>/<kind>/<name>/<name>.py`."""

import importlib.util
import inspect
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from dify_runtime_sdk import PluginError

from .catalogue import missing_methods
from .protocols import METHODS, CodeBasedExtension, ExtensionKind

_SCHEMA: Final = "schema.json"
_POSITION: Final = "__builtin__"


class _Schema(BaseModel):
    """What `schema.json` may say."""

    label: dict[str, str] = {}
    form_schema: list[dict[str, Any]] = []


class ExtensionModules:
    """The modules of one runtime's extensions, under names of their own.

    Each is importable while the runtime lives, since dataclasses and annotations look their module up by name, and
    may import its neighbours relatively; `forget` takes all of them out again.
    """

    def __init__(self) -> None:
        self._prefix = f"dify_extensions_{uuid.uuid4().hex}"

    def load(self, kind: str, name: str, path: Path) -> ModuleType:
        """Run the module at `path`; raises what it raises. Blocks."""
        qualified = f"{self._prefix}_{kind}_{name}"
        spec = importlib.util.spec_from_file_location(qualified, path, submodule_search_locations=[str(path.parent)])
        if spec is None or spec.loader is None:
            raise PluginError(f"{path.name} is not a Python module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[qualified] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            self._forget(qualified)
            raise
        return module

    def forget(self) -> None:
        """Take the modules out of `sys.modules`."""
        self._forget(self._prefix)

    def _forget(self, prefix: str) -> None:
        for name in [name for name in sys.modules if name.startswith(prefix)]:
            del sys.modules[name]


def candidates(directory: Path) -> Iterator[tuple[ExtensionKind, str, Path]]:
    """Kind, name and folder of each extension in `directory`, sorted, without hidden and private ones. Blocks."""
    for kind in METHODS:
        folder = directory / kind
        if folder.is_dir():
            for child in sorted(folder.iterdir()):
                if child.is_dir() and not child.name.startswith((".", "_")):
                    yield kind, child.name, child  # type: ignore[misc]  # the keys of METHODS are the kinds


def load_extension(kind: ExtensionKind, name: str, folder: Path, modules: ExtensionModules) -> CodeBasedExtension:
    """Load one extension; raises `PluginError`, or what its module raises. Blocks."""
    path = folder / f"{name}.py"
    if not path.is_file():
        raise PluginError(f"there is no {path.name} in the folder")
    schema, position = _schema(folder / _SCHEMA), _position(folder / _POSITION)
    target = _only_class(kind, modules.load(kind, name, path))
    return CodeBasedExtension(kind, name, target, schema.label, tuple(schema.form_schema), position)


def _only_class(kind: str, module: ModuleType) -> type[Any]:
    """The one class of the module that is of this kind; imported ones do not count."""
    classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]
    fitting = [one for one in classes if not missing_methods(kind, one) and not inspect.isabstract(one)]
    if len(fitting) != 1:
        found = ", ".join(one.__name__ for one in fitting) or "none"
        methods = " and ".join(METHODS[kind])
        raise PluginError(f"the module needs exactly one class with async {methods}; found: {found}")
    return fitting[0]


def _schema(path: Path) -> _Schema:
    if not path.is_file():
        return _Schema()
    try:
        return _Schema.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PluginError(f"{path.name} is not valid: {where or 'the file'}: {first['msg']}") from error


def _position(path: Path) -> int | None:
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8").strip()
    try:
        return int(text) if text else None
    except ValueError:
        raise PluginError(f"{path.name} must hold a whole number, the position in lists") from None
