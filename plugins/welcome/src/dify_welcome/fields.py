"""The inputs of an app, as the page shows them and a command fills them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dify_apps.front import App, form_of


@dataclass(frozen=True, slots=True)
class Field:
    """One input; `kind` is the type as app files write it: `text-input`, `select`, `file` and so on."""

    name: str
    kind: str
    label: str = ""
    required: bool = False
    hidden: bool = False
    default: Any = None
    max_length: int | None = None
    options: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        """Whether it takes files."""
        return self.kind in ("file", "file-list")


def fields_of(app: App) -> list[Field]:
    """The inputs that an app asks for, in its order."""
    return [_field(declared) for declared in form_of(app)]


def _field(declared: Mapping[str, Any]) -> Field:
    name, longest = str(declared.get("variable") or ""), declared.get("max_length")
    return Field(
        name=name,
        kind=str(declared.get("type") or ""),
        label=str(declared.get("label") or name),
        required=bool(declared.get("required")),
        hidden=bool(declared.get("hide")),
        default=declared.get("default"),
        max_length=longest if isinstance(longest, int) else None,
        options=tuple(str(option) for option in declared.get("options") or ()),
    )
