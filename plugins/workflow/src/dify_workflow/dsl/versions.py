"""What the declared version of a file means for its import."""

from enum import StrEnum
from typing import Final

from packaging.version import InvalidVersion, Version

from .errors import DslVersionError, Problem

APP_VERSION: Final = "0.5.0"
"""The version of app files that this package writes and fully knows."""

PIPELINE_VERSION: Final = "0.1.0"
"""The same for pipelines, which are counted apart."""

OLDEST_VERSION: Final = "0.1.0"
"""What a file without a version is."""


class ImportStatus(StrEnum):
    """How an import ends; the values are those of the HTTP interface."""

    COMPLETED = "completed"
    COMPLETED_WITH_WARNINGS = "completed-with-warnings"
    PENDING = "pending"
    """The user must confirm, since the file is of another major version or newer than this runtime."""
    FAILED = "failed"
    """No document: `load` raises a `DslError` instead."""


def import_status(imported: str, current: str) -> ImportStatus:
    """Compare the declared version of a file with the current one; a difference of patch level means nothing.

    Raises `DslVersionError` when `imported` is no version.
    """
    theirs, ours = _parse(imported), Version(current)
    if theirs > ours or theirs.major < ours.major:
        return ImportStatus.PENDING
    if theirs.minor < ours.minor:
        return ImportStatus.COMPLETED_WITH_WARNINGS
    return ImportStatus.COMPLETED


def version_warnings(status: ImportStatus, imported: str, current: str) -> tuple[str, ...]:
    """What to tell the user about the versions; empty when there is nothing to tell."""
    if status is ImportStatus.PENDING:
        return (
            f"The file is of DSL version {imported}, this runtime of {current}: confirm to import it all the same.",
        )
    if status is ImportStatus.COMPLETED_WITH_WARNINGS:
        return (f"The file is of the older DSL version {imported}; this runtime is of {current}.",)
    return ()


def _parse(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        problem = Problem("invalid_version", f"{text!r} is no version", ("version",))
        raise DslVersionError([problem], hint=f'write it as "{APP_VERSION}"') from None
