"""Files: what feature plugins import.

Light: SQLAlchemy, Quart and httpx come with the modules that need them. `dify_files.tables` has the tables.
"""

from .api import (
    Creator,
    CreatorLater,
    FileRules,
    Files,
    FilesError,
    ToolFile,
    ToolFiles,
    UploadedFile,
    UploadGate,
)
from .errors import (
    FileExtensionBlocked,
    FileLost,
    FilenameMissing,
    FilesUnavailable,
    FileTooLarge,
    InvalidFileInput,
    InvalidFilename,
    NoFileUploaded,
    TooManyFiles,
    UnsupportedFileType,
)
from .settings import FilesSettings

__all__ = [
    "Creator",
    "CreatorLater",
    "FileExtensionBlocked",
    "FileLost",
    "FileRules",
    "FileTooLarge",
    "FilenameMissing",
    "Files",
    "FilesError",
    "FilesSettings",
    "FilesUnavailable",
    "InvalidFileInput",
    "InvalidFilename",
    "NoFileUploaded",
    "TooManyFiles",
    "ToolFile",
    "ToolFiles",
    "UnsupportedFileType",
    "UploadGate",
    "UploadedFile",
    "answers",
    "forms",
    "tables",
]
