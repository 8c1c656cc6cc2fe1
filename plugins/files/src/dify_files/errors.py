"""What can be wrong with files: answers to clients, with Dify's codes.

FilesError                       root of this package (`dify_files.api`)
├── NoFileUploaded               400 no_file_uploaded
├── TooManyFiles                 400 too_many_files
├── FilenameMissing              400 filename_not_exists_error
├── InvalidFilename              400 invalid_param
├── FileExtensionBlocked         400 file_extension_blocked
├── FileTooLarge                 413 file_too_large
├── UnsupportedFileType          415 unsupported_file_type
├── InvalidFileInput             400 invalid_param: an input names a file that it may not have
├── FileLost                     404 file_not_found: the row is there, and its content is not
└── FilesUnavailable             503 service_unavailable: the storage is away or full
"""

from dify_runtime_sdk.http import BadRequest, HttpError, InvalidParam, NotFound

from .api import FilesError


class NoFileUploaded(BadRequest, FilesError):
    """400: the form has no part `file` with a file."""

    code = "no_file_uploaded"
    default_message = "Please upload your file."


class TooManyFiles(BadRequest, FilesError):
    """400: the form has more than one file."""

    code = "too_many_files"
    default_message = "Only one file is allowed."


class FilenameMissing(BadRequest, FilesError):
    """400: the file has no name."""

    code = "filename_not_exists_error"
    default_message = "The specified filename does not exist."


class InvalidFilename(InvalidParam, FilesError):
    """400: the name has characters that no file's name may have."""

    default_message = "Filename contains invalid characters"


class FileExtensionBlocked(BadRequest, FilesError):
    """400: the operator refuses files with this extension."""

    code = "file_extension_blocked"
    default_message = "The file extension is blocked for security reasons."


class FileTooLarge(HttpError, FilesError):
    """413: the file is over the limit of its kind."""

    status = 413
    code = "file_too_large"
    default_message = "File size exceeded."


class UnsupportedFileType(HttpError, FilesError):
    """415: the file has no type, or one that does not fit."""

    status = 415
    code = "unsupported_file_type"
    default_message = "File type not allowed."


class InvalidFileInput(InvalidParam, FilesError):
    """400: an input names a file that is not there, or that the app does not take; names the entry."""


class FileLost(NotFound, FilesError):
    """404: the storage has no content for a file that is on record."""

    code = "file_not_found"
    default_message = "The requested file was not found."


class FilesUnavailable(HttpError, FilesError):
    """503: the storage cannot be reached or cannot store more; what it said is in the log."""

    status = 503
    code = "service_unavailable"
    default_message = "Files cannot be stored or read at the moment. Try again shortly."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"Retry-After": "1"})
