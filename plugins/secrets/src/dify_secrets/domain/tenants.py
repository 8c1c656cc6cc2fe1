"""Where a workspace's private key is."""

import re
from typing import Final

from dify_runtime_sdk.secrets import SecretsError

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def private_key_path(tenant_id: str) -> str:
    """The storage key of the private key; raises `SecretsError` for an id that could lead elsewhere."""
    if not _ID.fullmatch(tenant_id):
        raise SecretsError("the workspace id is malformed", hint="it has letters, digits, `-` and `_` only")
    return f"privkeys/{tenant_id}/private.pem"
