"""Values that JSON has no type for, turned into ones it has."""

import dataclasses
import json
import math
from collections.abc import Mapping, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def represent(value: Any) -> Any:
    """One level of `value` in types that are closer to JSON's; raises `TypeError` for a type nobody planned for.

    datetime, date and time become ISO 8601 (UTC with `Z`), Decimal and UUID text, an Enum its value, a dataclass an
    object of all its fields, a pydantic model what its JSON mode says, a set a list (sorted, where its members can
    be compared), a subclass of a JSON type what its base is.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Set):
        return _listed(value)
    return _base_or_own(value)


def _base_or_own(value: Any) -> Any:
    """A subclass as its base; else what the object's own conversion method returns."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, Mapping):
        return dict(value.items())
    if isinstance(value, list | tuple):
        return list(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"an object of type {type(value).__name__} is not JSON serializable")


def _listed(values: Set[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return list(values)


def plain(value: Any) -> Any:
    """All of `value` in JSON's own types, keys as the standard library writes them, NaN and infinities as None.

    Raises `TypeError` for what cannot be represented, and `RecursionError` for what holds itself.
    """
    kind = type(value)
    if value is None or kind in (str, bool, int):
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is dict:
        return {_key(key): plain(item) for key, item in value.items()}
    if kind in (list, tuple):
        return [plain(item) for item in value]
    return plain(represent(value))


def _key(key: Any) -> str:
    """A key of an object, as the standard library writes it."""
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, int | float):
        return json.dumps(key)
    if isinstance(key, UUID | date):
        return str(represent(key))
    raise TypeError(f"an object of type {type(key).__name__} cannot be a key of a JSON object")
