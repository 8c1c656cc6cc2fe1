"""The type and the limits of a setting, in the words of somebody who writes it into a file."""

import types
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeAliasType, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from dify_runtime_sdk import prefix_of

from .markdown import code

_WORDS: Final[Mapping[Any, str]] = {
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    SecretStr: "secret text",
    type(None): "",
    Any: "anything",
}
_LIMITS: Final = (
    ("ge", "≥ {}"),
    ("gt", "> {}"),
    ("le", "≤ {}"),
    ("lt", "< {}"),
    ("min_length", "length ≥ {}"),
    ("max_length", "length ≤ {}"),
    ("pattern", "like `{}`"),
)


def type_text(field: FieldInfo) -> str:
    """The type of a field with its limits: `whole number, ≥ 0`."""
    return ", ".join([_what(field), *_limits(field.metadata)])


def is_comma_list(field: FieldInfo) -> bool:
    """Whether a field takes a list as text with commas, not as JSON."""
    return NoDecode in map(_kind, field.metadata)


def _what(field: FieldInfo) -> str:
    if is_comma_list(field):
        return "comma list"
    if prefix_of(field) is not None:
        return f"{_text(get_args(field.annotation)[-1])} under each name"
    return _text(field.annotation)


def _kind(value: Any) -> Any:
    return value if isinstance(value, type) else type(value)


def _text(annotation: Any) -> str:
    if isinstance(annotation, TypeAliasType):
        return _text(annotation.__value__)
    if annotation in _WORDS:
        return _WORDS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return ", ".join([_text(arguments[0]), *_limits(arguments[1:])])
    if origin is Literal:
        return ", ".join(code(str(choice)) for choice in arguments if choice != "") + _empty(arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(text for text in dict.fromkeys(map(_text, arguments)) if text)
    return _class_text(origin or annotation)


def _empty(choices: Sequence[Any]) -> str:
    return " or empty" if "" in choices else ""


def _class_text(kind: Any) -> str:
    if not isinstance(kind, type):
        return str(kind)
    if issubclass(kind, Enum):
        return ", ".join(code(str(member.value)) for member in kind)
    if issubclass(kind, Mapping):
        return "JSON object"
    if issubclass(kind, (Sequence, set, frozenset)) and not issubclass(kind, str):
        return "JSON list"
    return "path" if kind.__name__ == "Path" else kind.__name__


def _limits(metadata: Sequence[Any]) -> Iterator[str]:
    for constraint in metadata:
        for attribute, words in _LIMITS:
            value = getattr(constraint, attribute, None)
            if value is not None:
                yield words.format(value)
