"""Variables that a node takes in under names of its own."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from dify_runtime_sdk.workflow import Selector, Variables


class Binding(BaseModel):
    """A name, and the selector of the value it stands for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    variable: str
    value_selector: list[str]


type Bound = tuple[tuple[str, Selector], ...]


def bound(bindings: Iterable[Binding]) -> Bound:
    """The bindings as `read` takes them."""
    return tuple((binding.variable, tuple(binding.value_selector)) for binding in bindings)


def read(bindings: Bound, variables: Variables) -> dict[str, Any]:
    """The value of every name; None where there is no such variable."""
    return {name: variables.get(selector) for name, selector in bindings}
