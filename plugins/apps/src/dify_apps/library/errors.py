"""What can be wrong with an operation on apps.

DifyRuntimeError (SDK)
└── LibraryError                  an operation on apps was refused
    ├── AppNotFoundError          no such app in the workspace
    ├── AppModeError              the operation is not for apps of this mode
    ├── ImportFailedError         an app file cannot be imported; `problems` holds what was found in it
    ├── NothingToPublishError     there is no draft, or it cannot be published
    ├── VersionNotFoundError      no such version of the app
    └── VersionInUseError         the version is the draft or the one that is served
"""

from collections.abc import Iterable

from dify_runtime_sdk import DifyRuntimeError


class LibraryError(DifyRuntimeError):
    """An operation on apps was refused; says which app and why."""

    code = "app_library_error"


class AppNotFoundError(LibraryError):
    """There is no such app in the workspace."""

    code = "app_not_found"


class AppModeError(LibraryError):
    """The operation is not for apps of this mode."""

    code = "app_mode"


class ImportFailedError(LibraryError):
    """An app file cannot be imported. `problems` holds all that was found in it, one text each; no secret is in one."""

    code = "import_failed"

    def __init__(self, message: str, *, hint: str | None = None, problems: Iterable[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class NothingToPublishError(LibraryError):
    """There is no draft, or it cannot be published."""

    code = "nothing_to_publish"


class VersionNotFoundError(LibraryError):
    """The app has no such version."""

    code = "version_not_found"


class VersionInUseError(LibraryError):
    """The version is the draft, or the one that is served."""

    code = "version_in_use"
