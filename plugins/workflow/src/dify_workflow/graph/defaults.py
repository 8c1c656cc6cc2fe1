"""Outputs that stand in for a failed node, read once from the strings that editors write."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from dify_runtime_sdk.workflow import DefaultValue, from_json


def parse_defaults(defaults: list[DefaultValue] | None) -> dict[str, Any]:
    """The values by output name. Raises `ValueError` naming the output whose value is not of its declared type."""
    return {default.key: _parse(default) for default in defaults or ()}


def _parse(default: DefaultValue) -> Any:
    value = default.value
    if default.type == "string":
        if value is not None and not isinstance(value, str):
            raise ValueError(f"default value of {default.key!r} is not a string")
        return value
    if isinstance(value, str):
        value = _decoded(default, value)
    if not _CHECKS[default.type](value):
        raise ValueError(f"default value of {default.key!r} is not of type {default.type}")
    return from_json(value, tenant_id="")  # the author of a graph must not name files of other tenants


def _decoded(default: DefaultValue, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(f"default value of {default.key!r} is neither JSON nor of type {default.type}") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "array[number]": _list_of(_is_number),
    "array[string]": _list_of(lambda value: isinstance(value, str)),
    "array[object]": _list_of(lambda value: isinstance(value, dict)),
    "array[file]": _list_of(lambda value: isinstance(value, dict)),
}
