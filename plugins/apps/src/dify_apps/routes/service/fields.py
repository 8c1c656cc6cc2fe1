"""Fields that payloads and queries share."""

import json
import uuid
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

LAST_PAGE: Final = 2**31 - 1
"""A page beyond which databases cannot count rows."""


def storable(text: str) -> str:
    """The text; raises `ValueError` for one that no database takes: with NUL or lone surrogates in it."""
    if "\x00" in text:
        raise ValueError("A text cannot contain NUL (0x00) characters.")
    text.encode()
    return text


def encodable[T](value: T) -> T:
    """A value out of JSON; raises `UnicodeEncodeError` (a `ValueError`) when a text in it has lone surrogates."""
    json.dumps(value, ensure_ascii=False).encode()
    return value


type Text = Annotated[str, AfterValidator(storable)]
"""A text that is stored, or looked for."""

type Inputs = Annotated[dict[str, Any], AfterValidator(encodable)]
"""What a run is given."""

type Page = Annotated[int, Field(ge=1, le=LAST_PAGE)]
"""The number of a page."""


def _uuid_or_none(value: Any) -> Any:
    if not isinstance(value, str):
        return value  # the type says what is wrong with it
    if not value.strip():
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
