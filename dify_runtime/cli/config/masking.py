"""What hides credentials inside values that are no secrets themselves: the password of a URL, an entry of a table."""

import re
from typing import Any, Final

from dify_runtime_sdk import is_secret

from ...configuration.store import MASK

_USERINFO: Final = re.compile(r"(?<=://)([^\s/@:]*):([^\s/@]+)@")


def masked(value: Any) -> Any:
    """The same JSON value with the password of every URL in it masked, and every entry that is named like a secret."""
    if isinstance(value, str):
        return _USERINFO.sub(rf"\1:{MASK}@", value)
    if isinstance(value, dict):
        return {key: MASK if is_secret(str(key)) else masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return value
