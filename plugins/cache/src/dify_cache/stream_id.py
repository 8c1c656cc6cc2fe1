"""The ids of stream entries: milliseconds since the epoch and a sequence number, as Redis writes them."""

import re
from typing import NamedTuple, Self

from dify_runtime_sdk.cache import CacheError

_TEXT = re.compile(r"(\d{1,20})(?:-(\d{1,20}))?", re.ASCII)
_LIMIT = 1 << 64


class StreamId(NamedTuple):
    """An id; ids compare as they grow."""

    milliseconds: int
    sequence: int = 0

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id in `text`, where "0" is before the first; raises `CacheError` if there is none."""
        match = _TEXT.fullmatch(text)
        numbers = [int(part or 0) for part in match.groups()] if match else []
        if not numbers or max(numbers) >= _LIMIT:
            raise CacheError(f"{text!r} is not the id of a stream entry", hint='use "0" or an id that a stream gave')
        return cls(*numbers)
