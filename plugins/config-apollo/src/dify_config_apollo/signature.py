"""The access-key signature of Apollo."""

import base64
import hashlib
import hmac


def sign(app_id: str, secret: str, target: str, milliseconds: int) -> dict[str, str]:
    """The headers that prove the access key of `app_id`.

    `target` is the path and query as sent, without the path of the config URL: a gateway strips that before the
    service checks the signature. `milliseconds` is the time since the epoch; the service refuses old ones.
    """
    signed = f"{milliseconds}\n{target}".encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha1).digest()
    return {
        "Timestamp": str(milliseconds),
        "Authorization": f"Apollo {app_id}:{base64.b64encode(digest).decode()}",
    }
