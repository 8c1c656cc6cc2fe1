"""Operations of the assigner: which types they take, and the value they make."""

import json
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from dify_runtime_sdk.workflow import VariableType, zero_value

from .updates import AssignerError

type Operation = Literal[
    "over-write", "clear", "set", "+=", "-=", "*=", "/=", "append", "extend", "remove-first", "remove-last"
]
type _Apply = Callable[[VariableType, Any, Any], Any]

_SIMPLE: Final = frozenset((VariableType.STRING, VariableType.BOOLEAN, VariableType.OBJECT))
_ELEMENTS: Final[dict[VariableType, tuple[type, ...]]] = {
    VariableType.ARRAY_STRING: (str,),
    VariableType.ARRAY_NUMBER: (int, float),
    VariableType.ARRAY_OBJECT: (dict,),
    VariableType.ARRAY_BOOLEAN: (bool,),
    VariableType.ARRAY_ANY: (str, int, float, dict),
}


@dataclass(frozen=True, slots=True)
class OperationRule:
    """One operation: the targets per kind of input, and how the new value comes from type, old value and input."""

    apply: _Apply
    variable: Callable[[VariableType], bool] = lambda _: False
    constant: Callable[[VariableType], bool] = lambda _: False
    takes_value: bool = True

    def allows(self, kind: VariableType, input_type: str) -> bool:
        """Whether a target of this type may be changed so with this kind of input."""
        return self.variable(kind) if input_type == "variable" else self.constant(kind)


def _any(_kind: VariableType) -> bool:
    return True


def _array(kind: VariableType) -> bool:
    return kind.is_array


def _number(kind: VariableType) -> bool:
    return kind.is_number


def _no_array(kind: VariableType) -> bool:
    return kind in _SIMPLE or kind.is_number


def cleared(kind: VariableType, old: Any) -> Any:
    """The empty value of the type; a number stays whole or fractional, as it is now."""
    return 0.0 if kind.is_number and isinstance(old, float) else zero_value(kind)


def _refused(kind: VariableType, value: Any, what: str = "value") -> AssignerError:
    return AssignerError(f"Invalid {what} {value!r:.100} for a variable of type {kind.value}")


def _checked(kind: VariableType, _old: Any, value: Any) -> Any:
    """The value, if it is one of the type; an object may be given as JSON text."""
    if kind is VariableType.OBJECT and isinstance(value, str):
        value = _parsed(kind, value)
    if kind.is_array:
        return _elements(kind, value)
    if kind.is_number:
        return _as_number(kind, value)
    fits = {VariableType.STRING: str, VariableType.BOOLEAN: bool, VariableType.OBJECT: dict}[kind]
    if not isinstance(value, fits):
        raise _refused(kind, value)
    return value


def _parsed(kind: VariableType, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _refused(kind, text) from None


def _as_number(kind: VariableType, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(kind, value)
    return value


def _element(kind: VariableType, value: Any) -> Any:
    allowed = _ELEMENTS[kind]
    if not isinstance(value, allowed) or (kind is VariableType.ARRAY_NUMBER and isinstance(value, bool)):
        raise _refused(kind, value, "element")
    return value


def _elements(kind: VariableType, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _refused(kind, value)
    return [_element(kind, item) for item in value]


def _arithmetic(calculate: Callable[[float, float], float]) -> _Apply:
    def apply(kind: VariableType, old: Any, value: Any) -> float:
        try:
            return calculate(_as_number(kind, old), _as_number(kind, value))
        except ZeroDivisionError:
            raise AssignerError("Division by zero") from None

    return apply


OPERATIONS: Final[dict[Operation, OperationRule]] = {
    "over-write": OperationRule(_checked, variable=_any, constant=_no_array),
    "clear": OperationRule(lambda kind, old, _value: cleared(kind, old), variable=_any, takes_value=False),
    "set": OperationRule(_checked, constant=_no_array),
    "+=": OperationRule(_arithmetic(operator.add), constant=_number),
    "-=": OperationRule(_arithmetic(operator.sub), constant=_number),
    "*=": OperationRule(_arithmetic(operator.mul), constant=_number),
    "/=": OperationRule(_arithmetic(operator.truediv), constant=_number),
    "append": OperationRule(lambda kind, old, value: [*(old or ()), _element(kind, value)], variable=_array),
    "extend": OperationRule(lambda kind, old, value: [*(old or ()), *_elements(kind, value)], variable=_array),
    "remove-first": OperationRule(lambda _kind, old, _value: (old or [])[1:], variable=_array, takes_value=False),
    "remove-last": OperationRule(lambda _kind, old, _value: (old or [])[:-1], variable=_array, takes_value=False),
}
"""Every operation, by its name in app files."""
