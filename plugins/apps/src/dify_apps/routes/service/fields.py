"""Fields that payloads and queries share."""

import uuid
from typing import Annotated, Any

from pydantic import BeforeValidator


def _uuid_or_none(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return str(uuid.UUID(value.strip()))
    except ValueError:
        raise ValueError(f"{value} is not a valid uuid.") from None


type OptionalId = Annotated[str | None, BeforeValidator(_uuid_or_none)]
"""A UUID; an empty text is none."""


def _uuid(value: Any) -> Any:
    found = _uuid_or_none(value)
    if found is None:
        raise ValueError(f"{value} is not a valid uuid.")
    return found


type Id = Annotated[str, BeforeValidator(_uuid)]
"""A UUID."""
