"""ZIP containers: office documents and e-books."""

import io
import zipfile
from typing import Final

_LARGEST: Final = 512 << 20
"""Bytes of all members together, unpacked."""
_MOST_MEMBERS: Final = 20_000


def opened(content: bytes) -> zipfile.ZipFile:
    """The container; raises `ValueError` for what is none, and for bombs before anything is unpacked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError):
        raise ValueError("it is no ZIP container, as files of this type are") from None
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _LARGEST:
        raise ValueError(f"it unpacks to more than {_LARGEST >> 20} MiB")
    if any(member.flag_bits & 1 for member in members):
        raise ValueError("it is protected by a password")
    return archive
