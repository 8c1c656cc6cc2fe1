"""The one thing that Dify's wire does to results: a text like `1e+5` arrives as a number."""

import math
import re
from typing import Any, Final

_SCIENTIFIC: Final = re.compile(r"-?\d+\.?\d*e[+-]\d+")


def numbers_of(value: Any) -> Any:
    """`value`, JSON, with every text in scientific notation a float, at any depth; keys stay as they are.

    A number beyond a float's range stays a text: JSON has no infinity.
    """
    if isinstance(value, str):
        return _number(value) if _SCIENTIFIC.fullmatch(value) else value
    if isinstance(value, list):
        return [numbers_of(one) for one in value]
    if isinstance(value, dict):
        return {name: numbers_of(one) for name, one in value.items()}
    return value


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
