"""Conditions over the variables of a run: what if-else nodes choose by and loops break on.

Validate with `Condition`, compile once per node into a `ConditionSet`, evaluate often. Pure: nothing is awaited.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .nodes import Variables
from .operators import ComparisonOperator, ConditionError, compare
from .templates import Template
from .values import File, VariableType

__all__ = [
    "ComparisonOperator",
    "Condition",
    "ConditionError",
    "ConditionOutcome",
    "ConditionSet",
    "ConditionValue",
    "LogicalOperator",
    "SubCondition",
    "SubConditions",
]


class LogicalOperator(StrEnum):
    """How the results of several conditions are combined."""

    AND = "and"
    OR = "or"


def _number_as_text(value: Any) -> Any:
    return str(value) if type(value) in (int, float) else value


type ConditionValue = Annotated[str | list[str] | bool | None, BeforeValidator(_number_as_text)]
"""What a variable is compared with; a number that somebody wrote by hand is the text of it."""


class SubCondition(BaseModel):
    """A condition on one attribute of the files of a list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str
    comparison_operator: ComparisonOperator
    value: ConditionValue = None


class SubConditions(BaseModel):
    """Conditions on the files of a list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    logical_operator: LogicalOperator
    conditions: list[SubCondition] = Field(default_factory=list)


class Condition(BaseModel):
    """One comparison of a variable; a text in `value` is a template."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    variable_selector: list[str]
    comparison_operator: ComparisonOperator
    value: ConditionValue = None
    sub_variable_condition: SubConditions | None = None


@dataclass(frozen=True, slots=True)
class ConditionOutcome:
    """What the conditions answered, up to the first that decided."""

    passed: bool
    results: Sequence[bool]
    inputs: Sequence[Mapping[str, Any]]
    """Per evaluated condition `actual_value`, `expected_value` and `comparison_operator`, for a log."""


class ConditionSet:
    """Conditions with their templates parsed; holds nothing of a run."""

    def __init__(self, conditions: Sequence[Condition], logical_operator: LogicalOperator | str) -> None:
        self._compiled = tuple(_Compiled(condition) for condition in conditions)
        self._decisive = LogicalOperator(logical_operator) is LogicalOperator.OR

    def evaluate(self, variables: Variables) -> ConditionOutcome:
        """Evaluate until the result is decided; without any condition `and` passes and `or` does not.

        Raises `ConditionError`.
        """
        decisive = self._decisive
        results: list[bool] = []
        inputs: list[Mapping[str, Any]] = []
        for compiled in self._compiled:
            result = compiled.evaluate(variables, inputs)
            results.append(result)
            if result is decisive:
                return ConditionOutcome(decisive, results, inputs)
        return ConditionOutcome(not decisive, results, inputs)


_MISSING: Final = object()
_PER_FILE: Final = frozenset((ComparisonOperator.CONTAINS, ComparisonOperator.NOT_CONTAINS, ComparisonOperator.ALL_OF))


class _Compiled:
    """One condition, ready to be evaluated."""

    __slots__ = ("_expected", "_operator", "_per_file", "_selector", "_shown", "_sub")

    def __init__(self, condition: Condition) -> None:
        self._selector = tuple(condition.variable_selector)
        self._operator = condition.comparison_operator
        self._shown = condition.comparison_operator.value
        self._expected = _parsed(condition.value)
        self._per_file = condition.comparison_operator in _PER_FILE
        sub = condition.sub_variable_condition
        self._sub = None if sub is None else _FileConditions(sub)

    def evaluate(self, variables: Variables, inputs: list[Mapping[str, Any]]) -> bool:
        actual = variables.get(self._selector, _MISSING)
        if actual is _MISSING:
            raise ConditionError(f"Variable {list(self._selector)} not found")
        expected = _rendered(self._expected, variables)
        if type(actual) in (list, bool):
            if self._per_file and _holds_files(actual, self._selector, variables):
                inputs.append({"actual_value": actual, "expected_value": expected, "comparison_operator": self._shown})
                return self._evaluate_files(actual, variables)
            expected = self._as_boolean(actual, expected, variables)
        inputs.append({"actual_value": actual, "expected_value": expected, "comparison_operator": self._shown})
        return compare(self._operator, actual, expected)

    def _as_boolean(self, actual: Any, expected: Any, variables: Variables) -> Any:
        """The expected value as JSON where the variable is a boolean or an array of them."""
        if self._operator.is_unary or expected is None:
            return expected
        if actual is True or actual is False or variables.type_of(self._selector) is VariableType.ARRAY_BOOLEAN:
            return _boolean(expected)
        return expected

    def _evaluate_files(self, files: Sequence[File], variables: Variables) -> bool:
        if self._sub is None:
            raise ConditionError(f"Sub variable is required for the operator {self._shown!r} on an array of files")
        return self._sub.evaluate(files, variables)


class _FileConditions:
    """Sub-conditions, ready to be evaluated; the operator of the outer condition plays no part."""

    __slots__ = ("_any", "_conditions")

    def __init__(self, sub: SubConditions) -> None:
        self._any = sub.logical_operator is LogicalOperator.OR
        self._conditions = tuple((one, _parsed(one.value)) for one in sub.conditions)

    def evaluate(self, files: Sequence[File], variables: Variables) -> bool:
        """Whether the files satisfy the sub-conditions."""
        results = (_files_satisfy(files, one, _rendered(value, variables)) for one, value in self._conditions)
        return any(results) if self._any else all(results)


def _files_satisfy(files: Sequence[File], condition: SubCondition, expected: Any) -> bool:
    """All files for an operator that says `not`, any for the others."""
    by = condition.comparison_operator
    dotted = condition.key == "extension" and not by.is_unary
    if dotted:
        expected = _dotted(expected)
    attributes = (_attribute(file, condition.key) for file in files)
    answers = (compare(by, _dotted(value) if dotted and value else value, expected) for value in attributes)
    return all(answers) if "not" in by.value else any(answers)


def _attribute(file: File, key: str) -> Any:
    try:
        return file.attribute(key)
    except KeyError:
        raise ConditionError(f"Invalid key {key!r}: a file has no such attribute") from None


def _dotted(extension: Any) -> str:
    if not isinstance(extension, str):
        raise ConditionError(f"Expected value of 'extension' must be a string, not {type(extension).__name__}")
    return extension if extension.startswith(".") else f".{extension}"


def _parsed(value: str | list[str] | bool | None) -> Any:
    """A template where there is something to replace, else the value itself."""
    if not isinstance(value, str):
        return value
    template = Template.parse(value)
    return template if template.selectors or "." in value else value


def _rendered(value: Any, variables: Variables) -> Any:
    return variables.render(value) if type(value) is Template else value


def _holds_files(actual: Any, selector: tuple[str, ...], variables: Variables) -> bool:
    if actual is True or actual is False:
        return False
    if actual:
        return all(type(item) is File for item in actual)
    return variables.type_of(selector) is VariableType.ARRAY_FILE


def _boolean(expected: Any) -> bool | list[bool]:
    """The boolean that a text or a number says, or the list of them; raises `ConditionError` for anything else."""
    if isinstance(expected, str):
        try:
            expected = json.loads(expected)
        except ValueError:
            raise ConditionError(f"Invalid expected value for a boolean: {expected!r}") from None
    if isinstance(expected, list):
        return [bool(_boolean(item)) for item in expected]
    if isinstance(expected, int):
        return bool(expected)
    raise ConditionError(f"Invalid expected value for a boolean: {expected!r}")
