"""First values of loop variables, from what editors write."""

import json
from typing import Any

from dify_runtime_sdk.workflow import VariableType, zero_value


def constant(label: str, var_type: str, value: Any) -> Any:
    """The value of a constant of type `var_type`; texts are read as what they stand for, null is an empty value.

    Raises `ValueError` naming the variable for a value that is not of the type.
    """
    if value is None:
        return zero_value(VariableType(var_type))
    if var_type == "string":
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        value = _read(label, var_type, value)
    if not _fits(var_type, value):
        raise ValueError(f"loop variable {label!r} is not of type {var_type}")
    return value


def _read(label: str, var_type: str, text: str) -> Any:
    if not text.strip():
        return zero_value(VariableType(var_type))
    try:
        return json.loads(text if var_type != "boolean" else text.strip().lower())
    except ValueError:
        raise ValueError(f"loop variable {label!r} is neither JSON nor of type {var_type}") from None


def _fits(var_type: str, value: Any) -> bool:
    if var_type.startswith("array["):
        element = var_type[len("array[") : -1]
        return isinstance(value, list) and all(_fits(element, item) for item in value)
    if var_type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "boolean": bool, "object": dict}[var_type])
