"""What an exception of OpenDAL means for a store, in words of our own: its text holds addresses with signatures."""

import errno
import os
import re
from collections.abc import Mapping
from typing import Final

from dify_runtime_sdk.storage import ObjectNotFoundError, StorageError

_KIND: Final = re.compile(r"(\w+) \((?:permanent|temporary|persistent)\)")
_CODE: Final = re.compile(r'\bcode: "([\w.-]{1,64})"')
_STATUS: Final = re.compile(r"\bstatus: (\d{3})\b")
_SYSTEM: Final = re.compile(r"\(os error (\d{1,3})\)")

_PHRASES: Final[Mapping[str, str]] = {
    "timeout reached": "it does not answer in time",
    "error sending request": "it cannot be reached",
}
"""What OpenDAL says of every kind of request, and what it means."""
_ABSENT: Final = ("NotFound", "IsADirectory", "NotADirectory")
_NETWORK: Final = "check the address, the network and the service"
_HINTS: Final[Mapping[str, str]] = {
    "PermissionDenied": "check the credentials, and that they may list, read, write and delete in the bucket",
    "ConfigInvalid": "check the settings of the back end, and that the bucket exists",
    "Unsupported": "this service cannot do it",
    "RateLimited": "the service asks for fewer requests",
    "NotFound": "check that the bucket exists",
}


def translated(backend: str, action: str, key: str, error: Exception) -> StorageError:
    """The store's error; never quotes what OpenDAL says, as that has the addresses of requests in it."""
    text = str(error)
    kind = _kind(error, text)
    system = _SYSTEM.search(text)
    absent = kind in _ABSENT or (system is not None and int(system[1]) in (errno.EISDIR, errno.ENOTDIR))
    if absent and action in ("read", "delete"):
        return ObjectNotFoundError(f"storage has no object {key!r}")
    hint = _HINTS.get(kind, _NETWORK)
    return StorageError(f"storage back end {backend!r} cannot {action} {key!r}: {_reason(kind, text)}", hint=hint)


def refused(backend: str, scheme: str, options: Mapping[str, str], error: Exception) -> StorageError:
    """The error for options that OpenDAL refuses before it asks the service; no value of an option is quoted."""
    text = str(error).partition("\n\nBacktrace")[0]
    for value in sorted(options.values(), key=len, reverse=True):
        if len(value) > 3:  # shorter ones are no secrets, and would take the words apart
            text = text.replace(value, "***")
    message = f"storage back end {backend!r} cannot use OpenDAL's service {scheme!r}: {' '.join(text.split())}"
    return StorageError(message, hint="check the settings of the back end")


def _kind(error: Exception, text: str) -> str:
    """The kind of failure; a read or write of an open file raises `OSError` with it in the text."""
    found = _KIND.match(text) if isinstance(error, OSError) else None
    return found[1] if found else type(error).__name__


def _reason(kind: str, text: str) -> str:
    """What is safe to tell: the kind of failure, the service's code for it, the status, the system's word."""
    told = [next((words for phrase, words in _PHRASES.items() if phrase in text), kind)]
    for pattern, form in ((_CODE, "{}"), (_STATUS, "status {}")):
        if found := pattern.search(text):
            told.append(form.format(found[1]))
    if found := _SYSTEM.search(text):
        told.append(os.strerror(int(found[1])))
    return ", ".join(told)
