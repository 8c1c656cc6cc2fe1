"""Inputs that are JSON objects: parsed, and checked against a JSON Schema."""

import json
from collections.abc import Callable
from typing import Any

from dify_runtime_sdk.workflow import NodeError

type _Check = Callable[[Any], str | None]


class JsonInput:
    """One input of the type `json_object`.

    `schema` is a JSON Schema, draft 7, as an object or its text; `ValueError` when it is none. It refers to nothing
    outside itself: a reference that it does not resolve is never fetched.
    """

    def __init__(self, name: str, *, required: bool, schema: dict[str, Any] | str | None) -> None:
        self._name = name
        self._required = required
        self._complaint = _checking(name, schema)

    def check(self, inputs: dict[str, Any]) -> None:
        """Replace the input by its parsed object; raises `NodeError` for a missing or wrong one."""
        value = inputs.get(self._name)
        if value is None or value == "":
            if self._required:
                raise self._error(f"{self._name} is required in input form")
            return
        parsed = self._parsed(value)
        complaint = self._complaint and self._complaint(parsed)
        if complaint:
            raise self._error(f"JSON object for '{self._name}' does not match schema: {complaint}")
        inputs[self._name] = parsed

    def _parsed(self, value: Any) -> dict[str, Any]:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise self._error(f"Invalid JSON for '{self._name}'") from None
        if not isinstance(value, dict):
            raise self._error(f"{self._name} must be a JSON object")
        return value

    @staticmethod
    def _error(message: str) -> NodeError:
        return NodeError(message, error_type="WorkflowNodeError")


def _checking(name: str, schema: dict[str, Any] | str | None) -> _Check | None:
    if not schema:
        return None
    # At first use: few graphs have a schema, and the validator is the heaviest import of the package.
    from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # it ships no types
    from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]  # the same
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        parsed = json.loads(schema) if isinstance(schema, str) else schema
        Draft7Validator.check_schema(parsed)
    except (ValueError, SchemaError) as error:
        detail = getattr(error, "message", error)
        raise ValueError(f"json_schema of {name!r} is not a JSON Schema: {detail}") from None
    validator = Draft7Validator(parsed, registry=Registry())

    def complaint(value: Any) -> str | None:
        try:
            first = next(validator.iter_errors(value), None)
        except Unresolvable as error:
            return f"unresolvable reference {error}"
        return None if first is None else str(first.message)

    return complaint
