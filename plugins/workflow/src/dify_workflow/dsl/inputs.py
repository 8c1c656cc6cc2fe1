"""Inputs of a run against the form of an app."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .errors import InputsError, Problem
from .models import FormType, FormVariable

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


def validate_inputs(form: Iterable[FormVariable], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as a run takes them: declared ones alone, absent ones by their defaults, numbers and boxes converted.

    Files and JSON objects are only checked for their kind; what is in them is looked at later. Runs by triggers skip
    this. Raises `InputsError` with all problems, the first of which gives the message.
    """
    values: dict[str, Any] = {}
    problems = []
    for field in form:
        try:
            values[field.variable] = _value(field, inputs.get(field.variable))
        except ValueError as error:
            problems.append(Problem("invalid_input", str(error), (field.variable,)))
    if problems:
        raise InputsError(problems)
    return values


def _value(field: FormVariable, value: Any) -> Any:
    """The value of one input; raises `ValueError` with the message for the client."""
    if value is None:
        if field.required:
            raise ValueError(f"{field.variable} is required in input form")
        return _default(field)
    if isinstance(value, Mapping) and field.type not in _OBJECTS:
        raise _wrong(field, "must not be an object")
    read = _READERS.get(field.type)
    return value if read is None else read(field, value)


def _default(field: FormVariable) -> Any:
    """The default as declared; editors write those of numbers as text, and a blank one for none."""
    if field.type is FormType.NUMBER and field.default is not None:
        return _number(field, field.default)
    return field.default


def _wrong(field: FormVariable, what: str) -> ValueError:
    return ValueError(f"{field.variable} in input form {what}")


def _text(field: FormVariable, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(field, "must be a string")
    if field.max_length and len(value) > field.max_length:
        raise _wrong(field, f"must be less than {field.max_length} characters")
    return value.replace("\0", "")


def _select(field: FormVariable, value: Any) -> str:
    text = _text(field, value)
    if text not in field.options:
        raise _wrong(field, f"must be one of the following: {field.options}")
    return text


def _number(field: FormVariable, value: Any) -> int | float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise _wrong(field, "must be a valid number")
    text = value.strip()
    if not text:
        return None
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise _wrong(field, "must be a valid number") from None


def _checkbox(field: FormVariable, value: Any) -> bool:
    text = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise _wrong(field, "must be true or false")


def _file(field: FormVariable, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _wrong(field, "must be a file")
    return value


def _files(field: FormVariable, value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise _wrong(field, "must be a list of files")
    if field.max_length and len(value) > field.max_length:
        raise _wrong(field, f"must be at most {field.max_length} files")
    return value


def _object(field: FormVariable, value: Any) -> Any:
    if value and not isinstance(value, Mapping):
        raise _wrong(field, "must be a JSON object")
    return value


_OBJECTS: Final = frozenset({FormType.FILE, FormType.FILE_LIST, FormType.JSON_OBJECT})
_READERS: Final[dict[FormType, Callable[[FormVariable, Any], Any]]] = {
    FormType.TEXT_INPUT: _text,
    FormType.PARAGRAPH: _text,
    FormType.SELECT: _select,
    FormType.NUMBER: _number,
    FormType.CHECKBOX: _checkbox,
    FormType.FILE: _file,
    FormType.FILE_LIST: _files,
    FormType.JSON_OBJECT: _object,
}
