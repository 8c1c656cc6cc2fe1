"""Values that a model found: checked against their declaration, and replaced where they do not fit."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .config import Parameter


class MisfitError(ValueError):
    """A value that is missing or not of its type."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """A value for every parameter; `reason` says why some are stand-ins, empty when all is well."""

    values: Mapping[str, Any]
    reason: str = ""


def extraction(parameters: Sequence[Parameter], found: Mapping[str, Any] | None) -> Extraction:
    """The values that `found` gives, with stand-ins for those that it does not; None: nothing was found at all."""
    if found is None:
        return Extraction({one.name: stand_in(one) for one in parameters}, "The model's answer holds no JSON object")
    values: dict[str, Any] = {}
    reasons: list[str] = []
    for parameter in parameters:
        try:
            values[parameter.name] = _fitting(parameter, found.get(parameter.name))
        except MisfitError as misfit:
            values[parameter.name] = stand_in(parameter)
            reasons.append(str(misfit))
    return Extraction(values, "; ".join(reasons))


def stand_in(parameter: Parameter) -> Any:
    """What an output holds that was not found."""
    if parameter.type.startswith("array["):
        return []
    return {"number": 0, "boolean": False}.get(parameter.type, "")


def _fitting(parameter: Parameter, value: Any) -> Any:
    if value is None:
        if parameter.required:
            raise MisfitError(f"Parameter {parameter.name} is required")
        return stand_in(parameter)
    try:
        if parameter.type == "select":
            return _option(value, parameter.options)
        if parameter.type.startswith("array["):
            return _items(value, _READERS[parameter.type[len("array[") : -1]])
        return _READERS[parameter.type](value)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise MisfitError(f"Invalid value for parameter {parameter.name}: it is no {parameter.type}") from None


def _option(value: Any, options: Sequence[str]) -> str:
    text = _text(value)
    if options and text not in options:
        raise ValueError
    return text


def _items(value: Any, read: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return [read(item) for item in value]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    number: int | float = _read_number(value) if isinstance(value, str) else value
    if not math.isfinite(number):
        raise ValueError
    return number


def _read_number(text: str) -> int | float:
    return int(text) if text.strip().lstrip("+-").isdecimal() else float(text)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "1": True, "0": False}[_text(value).strip().lower()]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "string": _text,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
}
