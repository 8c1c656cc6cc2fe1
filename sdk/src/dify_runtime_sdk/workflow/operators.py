"""Comparison operators of conditions: which values each accepts, and what it answers.

The rules are Dify's, accidents included that apps rely on: `is not` and `≠` are false for None, and a whole number is
compared with a text that must be a whole number.
"""

import operator
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from .results import NodeError


class ConditionError(NodeError):
    """A condition cannot be answered: no such variable, or a type that its operator does not take."""

    def __init__(self, message: str) -> None:
        super().__init__(message, error_type="WorkflowNodeError")


class ComparisonOperator(StrEnum):
    """The operators as app files write them."""

    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"
    START_WITH = "start with"
    END_WITH = "end with"
    IS = "is"
    IS_NOT = "is not"
    EMPTY = "empty"
    NOT_EMPTY = "not empty"
    IN = "in"
    NOT_IN = "not in"
    ALL_OF = "all of"
    EQUAL = "="
    NOT_EQUAL = "≠"
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = "≥"
    LESS_OR_EQUAL = "≤"
    NULL = "null"
    NOT_NULL = "not null"
    EXISTS = "exists"
    NOT_EXISTS = "not exists"

    @property
    def is_unary(self) -> bool:
        """Whether the expected value is not looked at."""
        return self in _UNARY


_UNARY: Final = frozenset(
    (
        ComparisonOperator.EMPTY,
        ComparisonOperator.NOT_EMPTY,
        ComparisonOperator.NULL,
        ComparisonOperator.NOT_NULL,
        ComparisonOperator.EXISTS,
        ComparisonOperator.NOT_EXISTS,
    )
)


def compare(by: ComparisonOperator, actual: Any, expected: Any) -> bool:
    """Whether `actual` stands to `expected` as `by` says; raises `ConditionError` for types it does not take."""
    return _COMPARISONS[by](actual, expected)


def _refused(by: str, role: str, value: Any, takes: str) -> ConditionError:
    return ConditionError(f"Invalid {role} value for the operator {by!r}: {takes}, not {type(value).__name__}")


def _contains(actual: Any, expected: Any) -> bool:
    if not actual:
        return False
    if isinstance(actual, str):
        return str(expected) in actual
    if isinstance(actual, list):
        return expected in actual
    raise _refused("contains", "actual", actual, "a string or an array")


def _starts_with(actual: Any, expected: Any) -> bool:
    return bool(actual) and _text("start with", actual, "actual").startswith(_text("start with", expected, "expected"))


def _ends_with(actual: Any, expected: Any) -> bool:
    return bool(actual) and _text("end with", actual, "actual").endswith(_text("end with", expected, "expected"))


def _text(by: str, value: Any, role: str) -> str:
    if not isinstance(value, str):
        raise _refused(by, role, value, "a string")
    return value


def _is(actual: Any, expected: Any) -> bool:
    return actual is not None and bool(_text_or_boolean("is", actual) == expected)


def _is_not(actual: Any, expected: Any) -> bool:
    return actual is not None and bool(_text_or_boolean("is not", actual) != expected)


def _text_or_boolean(by: str, actual: Any) -> str | bool:
    if not isinstance(actual, str | bool):
        raise _refused(by, "actual", actual, "a string or a boolean")
    return actual


def _is_in(actual: Any, expected: Any) -> bool:
    return bool(actual) and actual in _expected_list("in", expected)


def _is_not_in(actual: Any, expected: Any) -> bool:
    return not actual or actual not in _expected_list("not in", expected)


def _expected_list(by: str, expected: Any) -> list[Any]:
    if not isinstance(expected, list):
        raise _refused(by, "expected", expected, "an array")
    return expected


def _all_of(actual: Any, expected: Any) -> bool:
    wanted = _expected_list("all of", expected)
    if not (all(isinstance(one, str) for one in wanted) or all(isinstance(one, bool) for one in wanted)):
        raise _refused("all of", "expected", expected, "an array of strings or of booleans")
    if not actual:
        return False
    if isinstance(actual, list):
        return all(one in actual for one in wanted)
    return all(str(one) in _text("all of", actual, "actual") for one in wanted)


def _equal(actual: Any, expected: Any) -> bool:
    return actual is not None and _same_number("=", actual, expected)


def _not_equal(actual: Any, expected: Any) -> bool:
    return actual is not None and not _same_number("≠", actual, expected)


def _same_number(by: str, actual: Any, expected: Any) -> bool:
    if not isinstance(actual, int | float):
        raise _refused(by, "actual", actual, "a number or a boolean")
    if isinstance(actual, bool):
        return actual is bool(expected)
    return bool(actual == _number(by, expected, type(actual)))


def _number(by: str, expected: Any, kind: type[int] | type[float]) -> float:
    if not isinstance(expected, str | bool):
        raise _refused(by, "expected", expected, "a number")
    try:
        return kind(expected)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise ConditionError(f"Invalid expected value for the operator {by!r}: {expected!r} is not {wanted}") from None


def _ordering(by: str, holds: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def ordered(actual: Any, expected: Any) -> bool:
        if actual is None:
            return False
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            raise _refused(by, "actual", actual, "a number")
        return bool(holds(actual, _number_or_whole(by, expected)))

    return ordered


def _number_or_whole(by: str, expected: Any) -> float:
    """A whole number stays integral, so that large ones are compared exactly."""
    if isinstance(expected, str) and expected.strip().lstrip("+-").isdecimal():
        return int(expected)
    return _number(by, expected, float)


_COMPARISONS: Final[dict[ComparisonOperator, Callable[[Any, Any], bool]]] = {
    ComparisonOperator.CONTAINS: _contains,
    ComparisonOperator.NOT_CONTAINS: lambda actual, expected: not _contains(actual, expected),
    ComparisonOperator.START_WITH: _starts_with,
    ComparisonOperator.END_WITH: _ends_with,
    ComparisonOperator.IS: _is,
    ComparisonOperator.IS_NOT: _is_not,
    ComparisonOperator.EMPTY: lambda actual, _: not actual,
    ComparisonOperator.NOT_EMPTY: lambda actual, _: bool(actual),
    ComparisonOperator.IN: _is_in,
    ComparisonOperator.NOT_IN: _is_not_in,
    ComparisonOperator.ALL_OF: _all_of,
    ComparisonOperator.EQUAL: _equal,
    ComparisonOperator.NOT_EQUAL: _not_equal,
    ComparisonOperator.GREATER: _ordering(">", operator.gt),
    ComparisonOperator.LESS: _ordering("<", operator.lt),
    ComparisonOperator.GREATER_OR_EQUAL: _ordering("≥", operator.ge),
    ComparisonOperator.LESS_OR_EQUAL: _ordering("≤", operator.le),
    ComparisonOperator.NULL: lambda actual, _: actual is None,
    ComparisonOperator.NOT_NULL: lambda actual, _: actual is not None,
    ComparisonOperator.EXISTS: lambda actual, _: actual is not None,
    ComparisonOperator.NOT_EXISTS: lambda actual, _: actual is None,
}
