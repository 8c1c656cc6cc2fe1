"""The library of apps: import, export, versions, copies, and files as apps.

Light: SQLAlchemy and the reader of app files come with the modules that need them.
"""

from .api import AppLibrary, AppRecord, AppVersion, FileOutcome, ImportChoices, ServedFile
from .app_files import file_app_id
from .errors import (
    AppModeError,
    AppNotFoundError,
    ImportFailedError,
    LibraryError,
    NothingToPublishError,
    VersionInUseError,
    VersionNotFoundError,
)
from .workplace import Workplace
from .workplace import workplace as first_workplace

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
    "Workplace",
    "file_app_id",
    "first_workplace",
]
