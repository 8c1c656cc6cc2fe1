"""Dataset ids inside exported apps: encrypted so that another workspace learns nothing from them."""

import base64
import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

from dify_runtime_sdk.secrets import DecryptionError

if TYPE_CHECKING:
    from Crypto.Cipher._mode_cbc import CbcMode


def encrypt_dataset_id(dataset_id: str, tenant_id: str) -> str:
    """The id as it stands in an export of the workspace: AES-256-CBC with a key from the workspace's id, Base64.

    The same id always gives the same text. The first call imports the cipher library, tens of milliseconds.
    """
    from Crypto.Util.Padding import pad  # only exports with encrypted ids need it

    cipher = _cipher(tenant_id)
    return base64.b64encode(cipher.encrypt(pad(dataset_id.encode(), cipher.block_size))).decode()


def decrypt_dataset_id(text: str, tenant_id: str) -> str:
    """The id in an import: a plain UUID as it is, else what `encrypt_dataset_id` of the same workspace wrote.

    Raises `DecryptionError` for anything else. The first call may import the cipher library.
    """
    if _is_uuid(text):
        return text
    from Crypto.Util.Padding import unpad  # only imports with encrypted ids need it

    cipher = _cipher(tenant_id)
    try:
        plain = unpad(cipher.decrypt(base64.b64decode(text, validate=True)), cipher.block_size).decode()
    except ValueError:  # of Base64, blocks, padding and UTF-8 alike
        plain = ""
    if not _is_uuid(plain):  # the cipher has no tag: only the form tells a right id from noise
        raise DecryptionError("a dataset id cannot be decrypted", hint="it is from another workspace, or damaged")
    return plain


def _cipher(tenant_id: str) -> "CbcMode":
    from Crypto.Cipher import AES  # as above

    key = hashlib.sha256(tenant_id.encode()).digest()
    return AES.new(key, AES.MODE_CBC, iv=key[: AES.block_size])


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
