"""What assigners leave to a log: which variables they changed."""

from collections.abc import Iterable, Mapping
from typing import Any

from dify_runtime_sdk.workflow import NodeError, Selector, Variables, VariableType


class AssignerError(NodeError):
    """A variable cannot be assigned; names it and says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, error_type="WorkflowNodeError")


def target_type(variables: Variables, selector: Selector) -> VariableType:
    """The type of the variable that is assigned; raises `AssignerError` when there is none."""
    kind = variables.type_of(selector) if len(selector) > 1 else None
    if kind is None:
        raise AssignerError(f"assigned variable not found: {list(selector)}")
    return kind


def updated_variables(variables: Variables, selectors: Iterable[Selector]) -> list[Mapping[str, Any]]:
    """One description per changed variable, with its value as it is now."""
    return [_described(variables, selector) for selector in dict.fromkeys(selectors)]


def _described(variables: Variables, selector: Selector) -> Mapping[str, Any]:
    kind = variables.type_of(selector) or VariableType.NONE
    return {
        "name": selector[-1],
        "selector": list(selector),
        "value_type": (VariableType.NUMBER if kind.is_number else kind).value,
        "new_value": variables.get(selector),
    }
