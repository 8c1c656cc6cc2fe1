"""Values that an app file gives to a tool or to an agent strategy: templates, variables, constants."""

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from dify_runtime_sdk.workflow import NodeError, Template, TextForm, Variables, VariableType, to_json


class ToolInput(BaseModel):
    """One value: a text with references, a selector, or a constant."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["mixed", "variable", "constant"]
    value: Any

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if self.type == "mixed" and not isinstance(self.value, str):
            raise ValueError("the value of a mixed input is a text")
        if self.type == "variable":
            parts = self.value if isinstance(self.value, list) else []
            if not parts or not all(isinstance(part, str) for part in parts):
                raise ValueError("the value of a variable input is a selector, a list of texts")
        return self


def usable_inputs(value: Any) -> Any:
    """The entries that count, for a validator: without nulls, null values, and the bare texts of old files."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return value
    return {
        name: entry for name, entry in value.items() if isinstance(entry, Mapping) and entry.get("value") is not None
    }


class InputReader:
    """Resolves one input; its template is parsed once."""

    def __init__(self, name: str, entry: ToolInput) -> None:
        self.name = name
        self._selector = tuple(entry.value) if entry.type == "variable" else ()
        self._template = None if self._selector else Template.parse(constant_text(entry.value))

    def is_missing(self, variables: Variables) -> bool:
        """Whether it is a variable that has no value."""
        return bool(self._selector) and not variables.has(self._selector)

    def read(self, variables: Variables) -> Any:
        """The typed value of a variable, the text of anything else; raises `NodeError` for a missing variable."""
        if self._template is not None:
            return variables.render(self._template)
        if self.is_missing(variables):
            message = f"Variable {'.'.join(self._selector)} of parameter {self.name} does not exist"
            raise NodeError(message, error_type="ToolParameterError", hint="connect the parameter to a value")
        return variables.get(self._selector)

    def logged(self, variables: Variables) -> Any:
        """What a log may show: no secrets."""
        if self._template is not None:
            return variables.render(self._template, TextForm.LOG)
        if variables.type_of(self._selector) is VariableType.SECRET:
            return variables.text(self._selector, TextForm.LOG)
        return to_json(variables.get(self._selector))


def constant_text(value: Any) -> str:
    """The text of a constant; what is no text already is JSON, but numbers and switches look as in Python."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
