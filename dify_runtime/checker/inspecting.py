"""How the probe reads a declaration: its hooks, its methods, and the fields of its settings."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from dify_runtime_sdk import PROJECT, Plugin, Settings, is_secret

from ..configuration.validation import SettingField, fields_of
from .facts import HookFact, SettingFact

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")
"""What differs from process to process in the representation of an object."""


def implemented_hooks(declaration: type[Plugin]) -> list[HookFact]:
    """The methods of a plugin that are marked as implementations of hooks."""
    return [
        HookFact(
            hook=options.get("specname") or name,
            arguments=arguments_of(function),
            wrapper=bool(options.get("wrapper") or options.get("hookwrapper")),
            optional=bool(options.get("optionalhook")),
            file=function.__code__.co_filename,
            line=function.__code__.co_firstlineno,
        )
        for name, function, options in _methods(declaration)
        if options is not None
    ]


def unmarked_methods(declaration: type[Plugin]) -> dict[str, int]:
    """The plugin's own methods without a marker, each with its line."""
    return {
        name: function.__code__.co_firstlineno
        for name, function, options in _methods(declaration)
        if options is None and not hasattr(Plugin, name)
    }


def _methods(declaration: type[Plugin]) -> Iterator[tuple[str, Any, dict[str, Any] | None]]:
    for name, function in inspect.getmembers(declaration, inspect.isfunction):
        yield name, function, getattr(function, f"{PROJECT}_impl", None)


def arguments_of(method: Callable[..., Any]) -> list[str]:
    """The arguments of a method without `self` and without those that have a default, as pluggy passes them."""
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return [one.name for one in parameters if one.default is one.empty]


def setting_facts(model: type[Settings]) -> list[SettingFact]:
    """The fields of a settings model, each with the line where it is written."""
    return [_setting_fact(model, setting) for setting in fields_of(model, "")]


def _setting_fact(model: type[Settings], setting: SettingField) -> SettingFact:
    kind = str(setting.info.annotation)
    owner = next((base for base in model.__mro__ if setting.name in inspect.get_annotations(base)), model)
    file = inspect.getsourcefile(owner)
    default = "(secret)" if setting.secret else f"{setting.info.default!r} {setting.info.default_factory!r}"
    return SettingFact(
        name=setting.names[0],
        model=f"{model.__module__}.{model.__qualname__}",
        type=kind,
        default=_ADDRESS.sub("", default),
        described=bool((setting.info.description or "").strip()),
        untyped=setting.info.annotation in (Any, object),
        exposed=is_secret(setting.names[0]) and "Secret" not in kind and "str" in kind,
        file=file,
        line=_line(owner, file, setting.name),
    )


def _line(owner: type[Any], file: str | None, field: str) -> int | None:
    if file is None:
        return None
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == owner.__name__)
    assigned = (line for node in classes for line in node.body if isinstance(line, ast.AnnAssign))
    return next((line.lineno for line in assigned if ast.unparse(line.target) == field), None)
