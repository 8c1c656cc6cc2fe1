"""The variables of a run, in scopes: an inner scope reads through to the outer ones and keeps what is written to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dify_runtime_sdk.workflow import (
    File,
    NodeError,
    Selector,
    Template,
    TextForm,
    VariableType,
    infer_type,
    to_text,
)

_MISSING: Final = object()

CONVERSATION: Final = "conversation"
"""The namespace of the variables that outlive a run."""


class Pool:
    """One scope; implements the SDK's `Variables`. Values are shared between scopes and never changed in place."""

    __slots__ = ("parent", "spaces", "types")

    def __init__(self, parent: "Pool | None" = None) -> None:
        self.parent = parent
        self.spaces: dict[str, Mapping[str, Any]] = {}
        self.types: dict[Selector, VariableType] = {} if parent is None else parent.types

    def lookup(self, space: str, name: str) -> Any:
        """The value, or the sentinel that `is_missing` knows."""
        pool: Pool | None = self
        while pool is not None:
            values = pool.spaces.get(space)
            if values is not None:
                value = values.get(name, _MISSING)
                if value is not _MISSING:
                    return value
            pool = pool.parent
        return _MISSING

    def find(self, selector: Sequence[str]) -> Any:
        """The value at `selector`, or the sentinel."""
        if len(selector) < 2:
            return _MISSING
        value = self.lookup(selector[0], selector[1])
        return value if len(selector) == 2 or value is _MISSING else _part(value, selector[2:])

    def get(self, selector: Sequence[str], default: Any = None) -> Any:
        """See `Variables.get`."""
        value = self.find(selector)
        return default if value is _MISSING else value

    def has(self, selector: Sequence[str]) -> bool:
        """See `Variables.has`."""
        return self.find(selector) is not _MISSING

    def type_of(self, selector: Sequence[str]) -> VariableType | None:
        """See `Variables.type_of`."""
        value = self.find(selector)
        if value is _MISSING:
            return None
        return self.types.get(tuple(selector)) or infer_type(value)

    def text(self, selector: Sequence[str], form: TextForm = TextForm.TEXT) -> str | None:
        """See `Variables.text`."""
        value = self.find(selector)
        if value is _MISSING:
            return None
        return to_text(value, form, self.types.get(tuple(selector)) if self.types else None)

    def render(self, template: Template, form: TextForm = TextForm.TEXT) -> str:
        """See `Variables.render`."""
        return template.render(self, form)

    def assign(self, selector: Sequence[str], value: Any) -> None:
        """Refuse: only nodes that declare what they write have a scope that takes it."""
        raise NodeError(f"the node assigns {'.'.join(selector)} but its type does not declare that it writes")

    def namespace(self, name: str) -> Mapping[str, Any]:
        """See `Variables.namespace`."""
        found: list[Mapping[str, Any]] = []
        pool: Pool | None = self
        while pool is not None:
            values = pool.spaces.get(name)
            if values is not None:
                found.append(values)
            pool = pool.parent
        if not found:
            return {}
        return found[0] if len(found) == 1 else {k: v for values in reversed(found) for k, v in values.items()}

    def put(self, space: str, name: str, value: Any) -> None:
        """Set one variable in this scope."""
        self.spaces[space] = {**self.spaces.get(space, {}), name: value}


class WritingScope(Pool):
    """The scope of one attempt of a node that assigns: what it writes is its own until the attempt has succeeded."""

    __slots__ = ("writes",)

    def __init__(self, parent: Pool) -> None:
        super().__init__(parent)
        self.writes: dict[Selector, Any] = {}

    def assign(self, selector: Sequence[str], value: Any) -> None:
        """See `Variables.assign`."""
        target = tuple(selector)
        if len(target) != 2 or self.lookup(*target) is _MISSING:
            raise NodeError(f"there is no variable {'.'.join(target)} to assign to")
        self.writes[target] = value
        self.put(target[0], target[1], value)


def is_missing(value: Any) -> bool:
    """Whether `Pool.find` found nothing."""
    return value is _MISSING


def _part(value: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        if isinstance(value, File):
            try:
                value = value.attribute(key)
            except KeyError:
                return _MISSING
        elif isinstance(value, Mapping):
            value = value.get(key, _MISSING)
            if value is _MISSING:
                return _MISSING
        else:
            return _MISSING
    return value
