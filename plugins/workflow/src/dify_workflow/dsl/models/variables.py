"""Environment and conversation variables."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ..sizes import memory_size
from .base import Section

MAX_VARIABLE_SIZE: Final = 204_800
"""Bytes in memory that one variable may take, unless the validation context has another `max_variable_size`."""


class ValueType(StrEnum):
    """Types that a stored variable can have."""

    STRING = "string"
    SECRET = "secret"  # noqa: S105 - the name of a type
    NUMBER = "number"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY_STRING = "array[string]"
    ARRAY_NUMBER = "array[number]"
    ARRAY_OBJECT = "array[object]"
    ARRAY_BOOLEAN = "array[boolean]"


_KINDS: Final[dict[ValueType, type | tuple[type, ...]]] = {
    ValueType.STRING: str,
    ValueType.SECRET: str,
    ValueType.NUMBER: (int, float),
    ValueType.INTEGER: int,
    ValueType.FLOAT: (int, float),
    ValueType.BOOLEAN: bool,
    ValueType.OBJECT: dict,
}


def fits(value: Any, value_type: ValueType) -> bool:
    """Whether a value is of a type; a truth value is no number."""
    if value_type.startswith("array["):
        item_type = ValueType(value_type.removeprefix("array[").removesuffix("]"))
        return isinstance(value, list) and all(fits(item, item_type) for item in value)
    if isinstance(value, bool):
        return value_type is ValueType.BOOLEAN
    return isinstance(value, _KINDS[value_type])


class Variable(Section):
    """A variable with its first value."""

    name: str
    """The name in selectors and templates."""
    value_type: ValueType
    value: Any = Field(default=None, repr=False, validate_default=True)  # not shown: it may be a secret
    """Must be there, and not null."""
    id: str = ""
    """Environment variables must have one."""
    description: str = ""
    selector: list[str] = Field(default_factory=list)
    """`[env, name]` or `[conversation, name]`."""

    @field_validator("value")
    @classmethod
    def _check_value(cls, value: Any, info: ValidationInfo) -> Any:
        """No message holds the value: it may be a secret."""
        if value is None:
            raise PydanticCustomError("missing_value", "missing value")
        declared = info.data.get("value_type")
        if declared is not None and not fits(value, declared):
            raise PydanticCustomError("invalid_value", "the value is not of the type {type}", {"type": str(declared)})
        limit = (info.context or {}).get("max_variable_size", MAX_VARIABLE_SIZE)
        size = memory_size(value)
        if size > limit:
            raise PydanticCustomError(
                "variable_too_large",
                "the variable takes {size} bytes, more than {limit}",
                {"size": size, "limit": limit},
            )
        return value

    @property
    def stored_type(self) -> ValueType:
        """The type at run time: `number` is `integer` or `float`, by the value."""
        if self.value_type is not ValueType.NUMBER:
            return self.value_type
        return ValueType.FLOAT if isinstance(self.value, float) else ValueType.INTEGER


class EnvironmentVariable(Variable):
    """A variable that runs cannot change."""

    id: Annotated[str, StringConstraints(min_length=1)]
    value_type: Literal[ValueType.STRING, ValueType.SECRET, ValueType.NUMBER, ValueType.INTEGER, ValueType.FLOAT]
