"""Filter conditions of the list operator, by the kind of the elements."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from dify_runtime_sdk.workflow import File, NodeError, Template, Variables, VariableType, infer_type

type FilterOperator = Literal[
    "contains",
    "start with",
    "end with",
    "is",
    "in",
    "empty",
    "not contains",
    "is not",
    "not in",
    "not empty",
    "=",
    "≠",
    "<",
    ">",
    "≥",
    "≤",
]
type ElementKind = Literal["string", "number", "boolean", "file"]
type _Test = Callable[[Any, Any], bool]


class ListOperatorError(NodeError):
    """The list, a condition or a place in the list is not what the node can work with."""


def _text_of_number(value: Any) -> Any:
    return str(value) if type(value) in (int, float) else value


class FilterCondition(BaseModel):
    """One condition; `key` names an attribute when the elements are files. A text in `value` is a template."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str = ""
    comparison_operator: FilterOperator = "contains"
    value: Annotated[str | list[str] | bool, BeforeValidator(_text_of_number)] = ""


_KINDS: Final[Mapping[VariableType, ElementKind]] = {
    VariableType.ARRAY_STRING: "string",
    VariableType.ARRAY_NUMBER: "number",
    VariableType.ARRAY_BOOLEAN: "boolean",
    VariableType.ARRAY_FILE: "file",
}


def element_kind(items: list[Any]) -> ElementKind:
    """What the list holds; raises `ListOperatorError` for objects, lists and mixtures."""
    inferred = infer_type(items)
    kind = _KINDS.get(inferred)
    if kind is None:
        raise ListOperatorError(f"Invalid type of the variable: {inferred.value} is not supported")
    return kind


def file_attribute(file: File, key: str) -> Any:
    """The attribute of a file; raises `ListOperatorError` for other names."""
    try:
        return file.attribute(key)
    except KeyError:
        raise ListOperatorError(f"Invalid key {key!r}: a file has no such attribute") from None


class Filter:
    """One condition with its template parsed."""

    def __init__(self, condition: FilterCondition) -> None:
        value = condition.value
        self._key = condition.key
        self._operator = condition.comparison_operator
        self._value: Any = Template.parse(value) if isinstance(value, str) else value

    def kept(self, items: Sequence[Any], kind: ElementKind, variables: Variables) -> list[Any]:
        """The elements that satisfy the condition; raises `ListOperatorError` where it does not fit them."""
        value = variables.render(self._value) if type(self._value) is Template else self._value
        if kind == "file":
            return self._kept_files(items, value)
        test = _test(kind, self._operator)
        expected = _expected(kind, value)
        return [item for item in items if test(item, expected)]

    def _kept_files(self, files: Sequence[File], value: Any) -> list[File]:
        kind = _ATTRIBUTES.get(self._key)
        if kind is None:
            raise ListOperatorError(f"Invalid key {self._key!r}: files are not filtered by it")
        test = _test(kind, self._operator)
        expected = _expected("number" if kind == "number" else "string", value)
        absent: Any = -1 if kind == "number" else ""
        attributes = ((file, file_attribute(file, self._key)) for file in files)
        return [file for file, actual in attributes if test(absent if actual is None else actual, expected)]


def _test(kind: str, by: str) -> _Test:
    test = _TESTS[kind].get(by)
    if test is None:
        raise ListOperatorError(f"Invalid condition: the operator {by!r} does not apply to a {kind}")
    return test


def _expected(kind: ElementKind, value: Any) -> Any:
    match kind:
        case "number":
            return _number(value)
        case "boolean":
            return _boolean(value)
    return value


def _number(value: Any) -> float:
    try:
        return float(value) if "." in value or "e" in value.lower() else int(value)
    except (ValueError, AttributeError, TypeError):
        raise ListOperatorError(f"Invalid filter value {value!r}: it must be a number") from None


def _boolean(value: Any) -> bool:
    text = value.strip().lower() if isinstance(value, str) else value
    if text in ("true", "1", True):
        return True
    if text in ("false", "0", False):
        return False
    raise ListOperatorError(f"Invalid filter value {value!r}: it must be a boolean")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ListOperatorError(f"Invalid filter value {value!r}: it must be a string")
    return value


def _among(item: str, value: Any) -> bool:
    """Whether the element is in the list, or part of the text."""
    if not isinstance(value, str | list):
        raise ListOperatorError(f"Invalid filter value {value!r}: it must be a string or an array")
    return item in value


_STRING_TESTS: Final[Mapping[str, _Test]] = {
    "contains": lambda item, value: _text(value) in item,
    "not contains": lambda item, value: _text(value) not in item,
    "start with": lambda item, value: item.startswith(_text(value)),
    "end with": lambda item, value: item.endswith(_text(value)),
    "is": lambda item, value: item == _text(value),
    "is not": lambda item, value: item != _text(value),
    "in": lambda item, value: _among(item, value),
    "not in": lambda item, value: not _among(item, value),
    "empty": lambda item, _: item == "",
    "not empty": lambda item, _: item != "",
}
_TESTS: Final[Mapping[str, Mapping[str, _Test]]] = {
    "string": _STRING_TESTS,
    "number": {
        "=": operator.eq,
        "≠": operator.ne,
        "<": operator.lt,
        "≤": operator.le,
        ">": operator.gt,
        "≥": operator.ge,
    },
    "boolean": {"is": operator.is_, "is not": operator.is_not},
    "choice": {"in": _STRING_TESTS["in"], "not in": _STRING_TESTS["not in"]},
}
_ATTRIBUTES: Final[Mapping[str, str]] = {
    "name": "string",
    "extension": "string",
    "mime_type": "string",
    "url": "string",
    "related_id": "string",
    "type": "choice",
    "transfer_method": "choice",
    "size": "number",
}
