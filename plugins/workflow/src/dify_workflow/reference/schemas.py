"""JSON Schemas in the words of a table."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

type Schema = Mapping[str, Any]

_REF: Final = "#/$defs/"


def type_of(schema: Schema) -> str:
    """The type of a field, in words; objects with a name by their name."""
    if "$ref" in schema:
        return f"`{name_of(schema['$ref'])}`"
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    members = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if members:
        return " or ".join(dict.fromkeys(type_of(member) for member in members))
    return _plain(schema)


def _plain(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        items = type_of(schema["items"]) if schema.get("items") else "anything"
        return f"list of {items}"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"object of {type_of(values)}" if isinstance(values, Mapping) and values else "object"
    return str(kind or "anything")


def default_of(schema: Schema, *, required: bool) -> str:
    """The default of a field; `required` where it has none and must be there."""
    if required:
        return "required"
    if "default" not in schema or schema["default"] is None:
        return ""
    default = schema["default"]
    if isinstance(default, Mapping) and default:
        return ""  # the object's own defaults, which its own table shows
    return f"`{one_line(json.dumps(default, ensure_ascii=False))}`"


def name_of(ref: str) -> str:
    """The name of a definition."""
    return ref.removeprefix(_REF)


def references(schema: Any) -> Iterator[str]:
    """The names of the definitions that a schema refers to, as they stand in it."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield name_of(value)
            elif key != "$defs":
                yield from references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)


def one_line(text: str) -> str:
    """A text for a cell of a table."""
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))
