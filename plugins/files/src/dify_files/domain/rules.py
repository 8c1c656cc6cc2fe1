"""What files an input takes."""

from typing import Any

from dify_runtime_sdk.workflow import File, FileType

from ..api import FileRules
from ..errors import InvalidFileInput


def check_number(number: int, rules: FileRules, operators_limit: int) -> None:
    """Raise `InvalidFileInput` for more files than the input, or else the operator, allows."""
    limit = operators_limit if rules.number_limit is None else rules.number_limit
    if number > limit:
        raise InvalidFileInput(f"Number of files exceeds the maximum limit {limit}")


def declared_type(label: str, declared: Any) -> FileType | None:
    """The type that a client declares, None without one; raises `InvalidFileInput` for one that does not exist."""
    if not declared:
        return None
    try:
        return FileType(declared)
    except ValueError:
        known = ", ".join(kind.value for kind in FileType)
        raise InvalidFileInput(f"{label}: there is no such type of files; known: {known}") from None


def check_file(label: str, file: File, *, declared: FileType | None, rules: FileRules, strict_type: bool) -> FileType:
    """The type under which `file`, whose own type is the detected one, goes in; raises `InvalidFileInput`.

    A declared type counts before the detected one. Anything may be declared `custom`, which then goes by the extension;
    so does a file without a declared type whose own is not allowed.
    """
    contradicts = declared not in (None, FileType.CUSTOM, file.type)
    if strict_type and contradicts:
        message = "Detected file type does not match the specified type. Please verify the file."
        raise InvalidFileInput(f"{label}: {message}")
    kind = declared or file.type
    if declared is None and kind not in rules.types and FileType.CUSTOM in rules.types:
        kind = FileType.CUSTOM
    if kind not in rules.types:
        raise InvalidFileInput(f"{label}: files of type {kind.value} are not allowed here")
    if kind is FileType.CUSTOM and not _extension_allowed(file.extension or "", rules):
        raise InvalidFileInput(f"{label}: files with the extension '{file.extension or ''}' are not allowed here")
    return kind


def _extension_allowed(extension: str, rules: FileRules) -> bool:
    """Whether a custom file's extension is on the list; without a list any is."""
    allowed = {each.strip().lower().lstrip(".") for each in rules.extensions}
    return not allowed or extension.lower().lstrip(".") in allowed
