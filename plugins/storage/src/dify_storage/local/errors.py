"""What a failed system call means for a store."""

import errno
from typing import Final

from dify_runtime_sdk.storage import InvalidKeyError, ObjectNotFoundError, StorageError

_ABSENT: Final = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR)
_HINTS: Final = {
    errno.ENOSPC: "free some space on the file system of the store",
    errno.EDQUOT: "raise the quota, or free some of it",
    errno.EFBIG: "raise the limit on the size of a file",
    errno.EACCES: "let the process read and write below the root of the store",
    errno.EPERM: "let the process read and write below the root of the store",
    errno.EROFS: "let the process write to the file system of the store",
    errno.EXDEV: "keep the whole store on one file system",
}
_OVERLAP: Final = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY)


def not_found(key: str) -> ObjectNotFoundError:
    """The error for a key without an object."""
    return ObjectNotFoundError(f"storage has no object {key!r}")


def explained(backend: str, action: str, key: str, error: OSError) -> StorageError:
    """The store's error for what the system said while it was asked to `action` the object."""
    if error.errno == errno.ELOOP:
        return InvalidKeyError(f"key {key!r} leads through a symbolic link", hint="links are not followed")
    if action in ("read", "delete") and error.errno in _ABSENT:
        return not_found(key)
    hint = _HINTS.get(error.errno or 0)
    if error.errno in _OVERLAP:
        hint = "another object's key is the beginning of this key, or the reverse: files cannot be both"
    reason = error.strerror or type(error).__name__
    return StorageError(f"storage back end {backend!r} cannot {action} {key!r}: {reason}", hint=hint)
