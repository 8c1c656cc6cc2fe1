"""What a code node may return: the declared types, within the limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dify_runtime_sdk.workflow import NodeError

from .settings import NodesSettings

type OutputType = Literal[
    "string",
    "number",
    "object",
    "boolean",
    "array[string]",
    "array[number]",
    "array[object]",
    "array[boolean]",
]


class OutputField(BaseModel):
    """The type of one key of the result; `children` are the keys of an object, or of each object of an array."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: OutputType
    children: dict[str, "OutputField"] | None = None


class OutputValidationError(NodeError):
    """The result is not what the node declares, or over a limit; names the key."""


class DepthLimitError(OutputValidationError):
    """The result is nested too deeply."""


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """The limits of a result: numbers, nesting of objects, decimal places, characters, and elements per array type."""

    max_number: int
    min_number: int
    max_depth: int
    max_precision: int
    max_string: int
    max_elements: Mapping[str, int]

    @classmethod
    def of(cls, settings: NodesSettings) -> "CodeLimits":
        """The limits that the operator set."""
        return cls(
            settings.CODE_MAX_NUMBER,
            settings.CODE_MIN_NUMBER,
            settings.CODE_MAX_DEPTH,
            settings.CODE_MAX_PRECISION,
            settings.CODE_MAX_STRING_LENGTH,
            {
                "array[string]": settings.CODE_MAX_STRING_ARRAY_LENGTH,
                "array[object]": settings.CODE_MAX_OBJECT_ARRAY_LENGTH,
                "array[number]": settings.CODE_MAX_NUMBER_ARRAY_LENGTH,
            },
        )


def checked_result(result: Any, declared: Mapping[str, OutputField], limits: CodeLimits) -> dict[str, Any]:
    """The result as the node puts it out: NULs removed from texts, booleans that were declared as numbers turned.

    Raises `OutputValidationError`.
    """
    try:
        return _Checker(limits).declared(result, declared, "result", 1)
    except RecursionError:
        raise DepthLimitError(f"Depth limit {limits.max_depth} reached, result too deep") from None


class _Checker:
    """Checks values; `at` is where a value stands, `depth` counts objects from 1."""

    def __init__(self, limits: CodeLimits) -> None:
        self._limits = limits

    def declared(self, value: Any, fields: Mapping[str, OutputField], at: str, depth: int) -> dict[str, Any]:
        """An object whose keys are exactly the declared ones."""
        self._check_depth(at, depth)
        if not isinstance(value, dict):
            raise OutputValidationError(f"Output {at} is not an object, got {type(value).__name__} instead")
        checked: dict[str, Any] = {}
        for name, one in fields.items():
            if name not in value:
                raise OutputValidationError(f"Output {_path(at, name)} is missing")
            checked[name] = self._field(value[name], one, _path(at, name), depth)
        if len(checked) != len(value):
            raise OutputValidationError("Not all output parameters are validated.")
        return checked

    def _field(self, value: Any, one: OutputField, at: str, depth: int) -> Any:
        if value is None:
            return None
        if not one.type.startswith("array["):
            return self._scalar(value, one.type, one.children, at, depth)
        if not isinstance(value, list):
            raise OutputValidationError(f"Output {at} is not an array, got {type(value).__name__} instead")
        most = self._limits.max_elements.get(one.type)
        if most is not None and len(value) > most:
            raise OutputValidationError(f"The length of output {at} must be at most {most} elements")
        item = one.type.removeprefix("array[").removesuffix("]")
        return [
            None if element is None else self._scalar(element, item, one.children, f"{at}[{index}]", depth)
            for index, element in enumerate(value)
        ]

    def _scalar(self, value: Any, kind: str, children: Mapping[str, OutputField] | None, at: str, depth: int) -> Any:
        match kind:
            case "string" if isinstance(value, str):
                return self._text(value, at)
            case "number" if isinstance(value, int | float):
                return self._number(int(value) if isinstance(value, bool) else value, at)
            case "boolean" if isinstance(value, bool):
                return value
            case "object" if isinstance(value, dict):
                return self.declared(value, children, at, depth + 1) if children else self._free(value, at, depth)
        raise OutputValidationError(f"Output {at} must be of type {kind}, got {type(value).__name__} instead")

    def _free(self, value: Any, at: str, depth: int) -> Any:
        """A value inside an object without declared keys."""
        if isinstance(value, str):
            return self._text(value, at)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._number(value, at)
        if isinstance(value, list):
            return [self._free(item, f"{at}[{index}]", depth) for index, item in enumerate(value)]
        self._check_depth(at, depth + 1)
        return {key: self._free(item, _path(at, key), depth + 1) for key, item in value.items()}

    def _check_depth(self, at: str, depth: int) -> None:
        if depth > self._limits.max_depth:
            raise DepthLimitError(f"Depth limit {self._limits.max_depth} reached, output {at} too deep")

    def _text(self, value: str, at: str) -> str:
        most = self._limits.max_string
        if len(value) > most:
            raise OutputValidationError(f"The length of output {at} must be at most {most} characters")
        return value.replace("\x00", "")

    def _number(self, value: float, at: str) -> float:
        limits = self._limits
        if not limits.min_number <= value <= limits.max_number:
            within = f"between {limits.min_number} and {limits.max_number}"
            raise OutputValidationError(f"Output {at} must be {within}")
        if isinstance(value, float) and _decimal_places(value) > limits.max_precision:
            raise OutputValidationError(f"Output {at} must have at most {limits.max_precision} decimal places")
        return value


def _decimal_places(value: float) -> int:
    exponent = Decimal(str(value)).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _path(at: str, name: str) -> str:
    return name if at == "result" else f"{at}.{name}"
