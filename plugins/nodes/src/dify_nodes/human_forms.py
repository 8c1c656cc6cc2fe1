"""Forms that ask a human: their fields, and what is shown of them and of the answer."""

import secrets
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Template, Variables


class Source(BaseModel):
    """Where a default or the options of a field come from: `value` itself, or the variable at `selector`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["constant", "variable"] = "constant"
    selector: list[str] = Field(default_factory=list)
    value: Any = None


class FormInput(BaseModel):
    """A field of a form."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str = "paragraph"
    output_variable_name: str
    default: Source | None = None
    option_source: Source | None = None
    allowed_file_types: list[str] | None = None
    allowed_file_extensions: list[str] | None = None
    allowed_file_upload_methods: list[str] | None = None
    number_limits: int | None = None

    def resolved(self, variables: Variables) -> str | None:
        """The text that the field shows at first; None when it has none."""
        if self.default is None:
            return None
        if self.default.type == "variable":
            return variables.text(self.default.selector)
        return Template.parse(str(self.default.value or "")).render(variables)


def stated(field: FormInput, variables: Variables) -> dict[str, Any]:
    """The field as clients are told it; options out of a variable are filled in."""
    shown = field.model_dump(exclude_none=True)
    source = field.option_source
    if source is not None and source.type == "variable":
        options = variables.get(source.selector)
        shown["option_source"]["value"] = [str(one) for one in options] if isinstance(options, list) else []
    return shown


def new_token() -> str:
    """What lets somebody see and answer a form."""
    return secrets.token_urlsafe(24)
