"""Encryption for a workspace: RSA-OAEP (SHA-1) around an AES-128 key, AES-EAX around the text, in Dify's layout.

The functions are called in threads, and pycryptodome is imported there with the first secret: importing it takes longer
than the event loop may be held up, and many a process has no secret to read.
"""

import base64
from typing import TYPE_CHECKING, Final

from dify_runtime_sdk.secrets import DecryptionError, SecretsError

if TYPE_CHECKING:
    from Crypto.PublicKey.RSA import RsaKey

KEY_BITS: Final = 2048
"""Size of new RSA keys."""
_PREFIX: Final = b"HYBRID:"
_BLOCK: Final = 16
"""Bytes of an AES-128 key, of the nonce and of the tag."""


def generate_pair() -> tuple[bytes, str]:
    """A new private key and its public key, both as PEM; takes some hundred milliseconds."""
    from Crypto.PublicKey import RSA

    key = RSA.generate(KEY_BITS)
    return key.export_key(), key.public_key().export_key().decode()


def load_private_key(pem: bytes) -> "RsaKey":
    """A private key, of which `repr` shows everything; raises `DecryptionError` when it is none."""
    from Crypto.PublicKey import RSA

    try:
        key = RSA.import_key(pem)
    except (ValueError, IndexError, TypeError):
        key = None
    if key is None or not key.has_private():
        raise DecryptionError("the private key in storage cannot be read", hint="restore it from a backup")
    return key


def encrypt(public_key: str, text: str) -> str:
    """`text` for the owner of `public_key` (PEM), as Base64; raises `SecretsError`."""
    from Crypto.Cipher import AES, PKCS1_OAEP
    from Crypto.Hash import SHA1
    from Crypto.PublicKey import RSA
    from Crypto.Random import get_random_bytes

    try:
        owner = RSA.import_key(public_key)
    except (ValueError, IndexError, TypeError):
        raise SecretsError("the public key cannot be read", hint="it must be the workspace's, as PEM") from None
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        raise SecretsError("the value to encrypt is not text", hint="it has a lone surrogate") from None
    session = get_random_bytes(_BLOCK)
    cipher = AES.new(session, AES.MODE_EAX, nonce=get_random_bytes(_BLOCK), mac_len=_BLOCK)
    sealed, tag = cipher.encrypt_and_digest(plain)
    blob = _PREFIX + PKCS1_OAEP.new(owner, hashAlgo=SHA1).encrypt(session) + cipher.nonce + tag + sealed
    return base64.b64encode(blob).decode()


def decrypt(key: "RsaKey", token: str) -> str:
    """The text of what `encrypt`, or Dify, wrote; raises `DecryptionError`, always in the same words."""
    try:
        blob = base64.b64decode(token, validate=True)
        plain = _open(key, blob[len(_PREFIX) :]) if blob.startswith(_PREFIX) else _unwrap(key, blob)
        return plain.decode()
    except ValueError:  # of Base64, padding, tag and UTF-8 alike
        raise DecryptionError("a stored secret cannot be decrypted", hint="enter it again") from None


def _open(key: "RsaKey", blob: bytes) -> bytes:
    from Crypto.Cipher import AES

    size = key.size_in_bytes()
    nonce, tag, sealed = blob[size : size + _BLOCK], blob[size + _BLOCK : size + 2 * _BLOCK], blob[size + 2 * _BLOCK :]
    session = _unwrap(key, blob[:size])
    return AES.new(session, AES.MODE_EAX, nonce=nonce, mac_len=_BLOCK).decrypt_and_verify(sealed, tag)


def _unwrap(key: "RsaKey", blob: bytes) -> bytes:
    """One message of RSA-OAEP: a wrapped AES key, or the whole secret in rows of before the hybrid layout."""
    from Crypto.Cipher import PKCS1_OAEP
    from Crypto.Hash import SHA1

    return PKCS1_OAEP.new(key, hashAlgo=SHA1).decrypt(blob)
