"""Stream entries as the server sends them."""

from typing import Any

from dify_runtime_sdk.cache import Entry


def entries_of(answer: Any) -> list[Entry]:
    """The entries in the answer to XRANGE: pairs of id and fields, which redis-py may have made a mapping of."""
    return [Entry(place.decode(), _value(fields)) for place, fields in answer]


def streams_of(answer: Any) -> dict[str, list[Entry]]:
    """The entries in the answer to XREAD, by key: a mapping, or pairs in the older protocol, or nothing at all."""
    pairs = answer.items() if isinstance(answer, dict) else answer or ()
    return {key.decode(): entries_of(entries) for key, entries in pairs}


def limit_of(count: int | None) -> tuple[str | int, ...]:
    """The operands that limit an answer to `count` entries; none if there is no limit."""
    return () if count is None else ("COUNT", count)


def _value(fields: Any) -> bytes:
    """The value of the one field."""
    value: bytes = next(iter(fields.values())) if isinstance(fields, dict) else fields[1]
    return value
