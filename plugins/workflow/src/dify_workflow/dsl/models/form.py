"""What a user is asked for: the variables of a start node, of easy apps and of pipelines."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from .base import OptionalInt, Section


class FormType(StrEnum):
    """Kinds of form fields."""

    TEXT_INPUT = "text-input"
    PARAGRAPH = "paragraph"
    SELECT = "select"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    FILE = "file"
    FILE_LIST = "file-list"
    JSON_OBJECT = "json_object"
    EXTERNAL_DATA_TOOL = "external_data_tool"


class FormField(Section):
    """One field of a form without its type, as items of `user_input_form` hold it under the type."""

    variable: str = ""
    """The name of the input."""
    label: str = ""
    """What the user reads."""
    required: bool = False
    hide: bool = False
    """Not shown in the web app; clients may still send it."""
    default: Any = None
    """Taken when an optional input is absent."""
    max_length: OptionalInt = None
    """Characters of a text, or files of a list."""
    options: list[str] = Field(default_factory=list)
    """What a select offers."""
    description: str = ""
    allowed_file_types: list[str] = Field(default_factory=list)
    allowed_file_extensions: list[str] = Field(default_factory=list)
    allowed_file_upload_methods: list[str] = Field(default_factory=list)
    json_schema: Any = None
    """Draft 7; checked by the start node, only for `json_object`."""


class FormVariable(FormField):
    """One field of a form, as start nodes declare it."""

    variable: str = Field(min_length=1)
    type: FormType


class PipelineVariable(Section):
    """One field of the form of a pipeline, or of one of its data sources."""

    variable: str
    type: FormType
    belong_to_node_id: str = "shared"
    """`shared`, or the data source whose form it is in."""
    label: str = ""
    required: bool = False
    default_value: Any = None
    max_length: OptionalInt = None
    options: list[str] = Field(default_factory=list)
    placeholder: str = ""
    unit: str = ""
    tooltips: str = ""
    allowed_file_types: list[str] = Field(default_factory=list)
    allowed_file_extensions: list[str] = Field(default_factory=list)
    allowed_file_upload_methods: list[str] = Field(default_factory=list)

    @property
    def form_variable(self) -> FormVariable:
        """The same in the terms of a form."""
        return FormVariable(
            variable=self.variable,
            type=self.type,
            label=self.label,
            required=self.required,
            default=self.default_value,
            max_length=self.max_length,
            options=self.options,
            allowed_file_types=self.allowed_file_types,
            allowed_file_extensions=self.allowed_file_extensions,
            allowed_file_upload_methods=self.allowed_file_upload_methods,
        )
