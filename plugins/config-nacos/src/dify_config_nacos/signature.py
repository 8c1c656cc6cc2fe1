"""The access-key signature of Nacos."""

import base64
import hashlib
import hmac


def sign(access_key: str, secret: str, tenant: str, group: str, milliseconds: int) -> dict[str, str]:
    """The headers that prove the access key for settings of `group` in `tenant` (empty: the public one).

    `milliseconds` is the time since the epoch; the server refuses old ones.
    """
    signed = "+".join(part for part in (tenant, group, str(milliseconds)) if part)
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    return {
        "Spas-AccessKey": access_key,
        "timeStamp": str(milliseconds),
        "Spas-Signature": base64.b64encode(digest).decode(),
    }
