"""Values of a workflow: plain JSON values and files, their types, and their text forms.

Source: Dify's variable types as exported apps use them. A value is a Python `str`, `int`, `float`, `bool`, `None`,
`dict`, `list` or `File`; a type is inferred from it unless the variable was declared with one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

FILE_IDENTITY: Final = "__dify__file__"
"""What marks a JSON object as a file, in the field `dify_model_identity`."""

type Selector = tuple[str, ...]
"""The address of a value: (node id or namespace, name, and then attributes or keys)."""


class VariableType(StrEnum):
    """Types of variables as app files name them; `integer` and `float` are what a `number` holds."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    OBJECT = "object"
    SECRET = "secret"  # noqa: S105 - the name of a type
    FILE = "file"
    NONE = "none"
    ARRAY_ANY = "array[any]"
    ARRAY_STRING = "array[string]"
    ARRAY_NUMBER = "array[number]"
    ARRAY_OBJECT = "array[object]"
    ARRAY_BOOLEAN = "array[boolean]"
    ARRAY_FILE = "array[file]"

    @property
    def is_array(self) -> bool:
        """Whether values of this type are lists."""
        return self.value.startswith("array[")

    @property
    def is_number(self) -> bool:
        """Whether values of this type are numbers."""
        return self in {VariableType.NUMBER, VariableType.INTEGER, VariableType.FLOAT}


class TextForm(StrEnum):
    """What a text is for: `text` for prompts and requests, `markdown` for answers, `log` for logs (no secrets)."""

    TEXT = "text"
    MARKDOWN = "markdown"
    LOG = "log"


class FileType(StrEnum):
    """What kind of content a file has."""

    IMAGE = "image"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"
    CUSTOM = "custom"


class TransferMethod(StrEnum):
    """Where the content of a file is."""

    REMOTE_URL = "remote_url"
    LOCAL_FILE = "local_file"
    TOOL_FILE = "tool_file"
    DATASOURCE_FILE = "datasource_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that a workflow handles: a description; the content is read through the service `WorkflowFiles`.

    `size` is bytes, -1 when unknown; `extension` starts with a dot; `related_id` is the id of the stored file that
    `transfer_method` says; `url` is where a client can fetch it, None until the service signs one.
    """

    type: FileType
    transfer_method: TransferMethod
    id: str | None = None
    tenant_id: str = ""
    remote_url: str | None = None
    related_id: str | None = None
    filename: str | None = None
    extension: str | None = None
    mime_type: str | None = None
    size: int = -1
    url: str | None = None

    def attribute(self, name: str) -> Any:
        """The attribute that a selector's third part names; raises `KeyError` for others."""
        return getattr(self, _ATTRIBUTES[name])

    def to_json(self) -> dict[str, Any]:
        """The object that outputs, events and stored rows show."""
        return {
            "dify_model_identity": FILE_IDENTITY,
            "id": self.id,
            "tenant_id": self.tenant_id,
            "type": self.type.value,
            "transfer_method": self.transfer_method.value,
            "remote_url": self.remote_url,
            "related_id": self.related_id,
            "filename": self.filename,
            "extension": self.extension,
            "mime_type": self.mime_type,
            "size": self.size,
            "url": self.url,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "File":
        """The file that `to_json` wrote; unknown keys are ignored. Raises `ValueError` for a wrong type or method."""
        fields = {name: value[name] for name in _FIELDS if name in value}
        fields["type"] = FileType(value.get("type", ""))
        fields["transfer_method"] = TransferMethod(value.get("transfer_method", ""))
        return cls(**fields)

    def to_markdown(self) -> str:
        """A link, or the picture itself."""
        link = f"[{self.filename or ''}]({self.url or self.remote_url or ''})"
        return f"!{link}" if self.type is FileType.IMAGE else link


_FIELDS: Final = tuple(File.__dataclass_fields__)
_ATTRIBUTES: Final = {
    "type": "type",
    "size": "size",
    "name": "filename",
    "mime_type": "mime_type",
    "transfer_method": "transfer_method",
    "url": "url",
    "extension": "extension",
    "related_id": "related_id",
}

_SCALARS: Final[dict[type, VariableType]] = {
    str: VariableType.STRING,
    bool: VariableType.BOOLEAN,
    int: VariableType.INTEGER,
    float: VariableType.FLOAT,
    dict: VariableType.OBJECT,
    File: VariableType.FILE,
    type(None): VariableType.NONE,
}
_ARRAYS: Final = {
    VariableType.STRING: VariableType.ARRAY_STRING,
    VariableType.INTEGER: VariableType.ARRAY_NUMBER,
    VariableType.FLOAT: VariableType.ARRAY_NUMBER,
    VariableType.OBJECT: VariableType.ARRAY_OBJECT,
    VariableType.BOOLEAN: VariableType.ARRAY_BOOLEAN,
    VariableType.FILE: VariableType.ARRAY_FILE,
}
_ZEROS: Final[dict[VariableType, Any]] = {
    VariableType.STRING: "",
    VariableType.SECRET: "",
    VariableType.NUMBER: 0,
    VariableType.INTEGER: 0,
    VariableType.FLOAT: 0.0,
    VariableType.BOOLEAN: False,
}


def infer_type(value: Any) -> VariableType:
    """The type of a plain value; lists of mixed kinds, of lists and empty ones are `array[any]`.

    Raises `TypeError` for anything that is no value of a workflow.
    """
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        return scalar
    if isinstance(value, list | tuple):
        kinds = {_ARRAYS.get(infer_type(item), VariableType.ARRAY_ANY) for item in value}
        return kinds.pop() if len(kinds) == 1 else VariableType.ARRAY_ANY
    for base, inferred in _SCALARS.items():  # subclasses: an enum that is a text, an ordered dict
        if isinstance(value, base):
            return inferred
    message = f"a value of a workflow is JSON or a file, not {type(value).__name__}"
    raise TypeError(message)


def zero_value(of: VariableType) -> Any:
    """What a variable of that type holds after it was cleared."""
    if of.is_array:
        return []
    return {} if of is VariableType.OBJECT else _ZEROS.get(of)


def to_text(value: Any, form: TextForm = TextForm.TEXT, declared: VariableType | None = None) -> str:
    """The text of a value where a template refers to it."""
    if type(value) is str:
        return _obfuscated(value) if declared is VariableType.SECRET and form is TextForm.LOG else value
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return json.dumps(to_json(value), ensure_ascii=False, indent=None if form is TextForm.TEXT else 2)
    if isinstance(value, File):
        return "" if form is TextForm.TEXT else value.to_markdown()
    if isinstance(value, list | tuple):
        return _array_text(value, form)
    return str(value)


def _array_text(items: Sequence[Any], form: TextForm) -> str:
    if not items:
        return ""
    kind = infer_type(items)
    if form is TextForm.MARKDOWN:
        if kind is VariableType.ARRAY_FILE:
            return "\n".join(item.to_markdown() for item in items)
        return "\n".join(f"- {item if isinstance(item, list) else to_text(item, form)}" for item in items)
    if kind is VariableType.ARRAY_FILE:
        return ""
    if kind is VariableType.ARRAY_STRING:
        return json.dumps(list(items), ensure_ascii=False)
    return str(list(items))


def _obfuscated(secret: str) -> str:
    return secret[:6] + "*" * 12 + secret[-2:] if len(secret) > 8 else "*" * 20


def to_json(value: Any) -> Any:
    """The value as JSON: files become the objects that `File.to_json` gives, at any depth."""
    if isinstance(value, File):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(value: Any, *, tenant_id: str | None = None) -> Any:
    """The inverse of `to_json`: objects that carry the identity of a file become files, at any depth.

    With `tenant_id` they are files of that tenant, whatever they say: give it for everything that somebody outside this
    process could have written, since a file is read within the tenant it names. An empty one can read nothing stored.
    """
    if isinstance(value, dict):
        if value.get("dify_model_identity") == FILE_IDENTITY:
            file = File.from_json(value)
            return file if tenant_id is None else replace(file, tenant_id=tenant_id)
        return {key: from_json(item, tenant_id=tenant_id) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item, tenant_id=tenant_id) for item in value]
    return value
