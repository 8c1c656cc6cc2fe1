"""Secrets: what feature plugins import besides the SDK's services `Tokens`, `Passwords`, `UrlSigner`, `TenantSecrets`.

Light: the cipher library comes with the first call that needs it.
"""

from .domain.dataset_ids import decrypt_dataset_id, encrypt_dataset_id
from .domain.masking import HIDDEN, mask
from .domain.passwords import UnusablePasswordError

__all__ = ["HIDDEN", "UnusablePasswordError", "decrypt_dataset_id", "encrypt_dataset_id", "mask"]
