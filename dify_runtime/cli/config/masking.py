"""What hides credentials inside values that are no secrets themselves: the password of a URL."""

import re
from typing import Any, Final

from ...configuration.store import MASK

_USERINFO: Final = re.compile(r"(?<=://)([^\s/@:]*):([^\s/@]+)@")


def masked(value: Any) -> Any:
    """The same JSON value with the password of every URL in it masked."""
    if isinstance(value, str):
        return _USERINFO.sub(rf"\1:{MASK}@", value)
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return value
