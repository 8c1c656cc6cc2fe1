"""What all sections of an app file have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Section(BaseModel):
    """A typed, read-only view of one mapping of a file.

    Fields it does not know are kept (`model_extra`), and null stands for an absent field, as exports of all versions
    have both.
    """

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if isinstance(data, dict) and None in data.values():
            return {key: value for key, value in data.items() if value is not None}
        return data

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        """Allow null wherever a field may be absent."""
        result = handler(schema)
        model = handler.resolve_ref_schema(result)
        required = model.get("required", ())
        for name, field in model.get("properties", {}).items():
            if name not in required:
                model["properties"][name] = _nullable(field)
        return result


class Switch(Section):
    """A feature that is on or off."""

    enabled: bool = False


def _nullable(field: JsonSchemaValue) -> JsonSchemaValue:
    kept: JsonSchemaValue = {key: field[key] for key in ("default", "description", "title") if key in field}
    rest = {key: value for key, value in field.items() if key not in kept}
    return {"anyOf": [*rest.get("anyOf", [rest]), {"type": "null"}], **kept} if rest else field


def _blank_is_absent(value: Any) -> Any:
    return None if value == "" else value


type OptionalInt = Annotated[int | None, BeforeValidator(_blank_is_absent)]
"""A number that older editors wrote as an empty text where there was none."""
