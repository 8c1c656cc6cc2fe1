"""Checking what nodes give: only values of a workflow get into variables and journals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dify_runtime_sdk.workflow import File, VariableType

_SCALARS: Final = frozenset((str, int, float, bool, type(None), File))


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable of a run: an environment or a conversation variable with its type."""

    name: str
    value: Any
    type: VariableType = VariableType.STRING


def checked(value: Any) -> Any:
    """`value` if it is JSON (with files), else the nearest value that is; not copied when nothing must change.

    Tuples become lists, keys become texts, subclasses of the JSON types pass. Raises `TypeError` for anything else.
    """
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        return _checked_dict(value)
    if kind is list:
        return _checked_list(value)
    return _converted(value)


def _checked_dict(value: dict[Any, Any]) -> dict[str, Any]:
    for key, item in value.items():
        if type(key) is not str or (type(item) not in _SCALARS and checked(item) is not item):
            return {str(key): checked(item) for key, item in value.items()}
    return value


def _checked_list(value: list[Any]) -> list[Any]:
    for item in value:
        if type(item) not in _SCALARS and checked(item) is not item:
            return [checked(item) for item in value]
    return value


def _converted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _checked_dict(dict(value))
    if isinstance(value, list | tuple):
        return _checked_list(list(value))
    for base in (str, int, float):  # an enum that is a text, a number of a library
        if isinstance(value, base):
            return base(value)
    message = f"a value of a workflow is JSON or a file, not {type(value).__name__}"
    raise TypeError(message)
