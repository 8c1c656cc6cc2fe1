"""The library of apps: import, export, versions, copies, and files as apps.

Light: SQLAlchemy and the reader of app files come with the modules that need them.
"""

from .api import AppLibrary, AppRecord, AppVersion, FileOutcome, ImportChoices, ServedFile
from .errors import (
    AppModeError,
    AppNotFoundError,
    ImportFailedError,
    LibraryError,
    NothingToPublishError,
    VersionInUseError,
    VersionNotFoundError,
)

__all__ = [
    "AppLibrary",
    "AppModeError",
    "AppNotFoundError",
    "AppRecord",
    "AppVersion",
    "FileOutcome",
    "ImportChoices",
    "ImportFailedError",
    "LibraryError",
    "NothingToPublishError",
    "ServedFile",
    "VersionInUseError",
    "VersionNotFoundError",
]
