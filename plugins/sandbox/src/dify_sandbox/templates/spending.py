"""How much a template that is rendered on the event loop may do there."""

import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Final

from jinja2.runtime import Context

_STEPS: Final = 20_000
"""Steps: an output, a call, a filter, a round of a loop, each with one more per KiB that it touches."""
_SECONDS: Final = 0.004
_PACE: Final = 64
"""Steps between looks at the clock."""
LARGEST: Final = 1 << 20
"""Characters or items that one operation may make."""


class SpentError(Exception):
    """The template does too much for the event loop; it is rendered elsewhere."""


class SpendingContext(Context):
    """The context of one rendering, which pays for its steps."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._left = _STEPS
        self._next_look = _STEPS - _PACE
        self._until = time.perf_counter() + _SECONDS

    def spend(self, steps: int) -> None:
        """Pay; raises `SpentError`."""
        self._left -= steps
        if self._left < self._next_look:
            self._next_look = self._left - _PACE
            if self._left < 0 or time.perf_counter() > self._until:
                raise SpentError

    def pay_for(self, value: Any) -> None:
        """Pay for touching all of `value`."""
        self.spend(1 + (len(value) >> 10) if isinstance(value, Sized) else 1)

    def paying(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items; each is paid for when it is taken."""
        for item in items:
            self.spend(1)
            yield item


def check_size(size: int) -> None:
    """Refuse to make something larger than `LARGEST`; raises `SpentError`."""
    if size > LARGEST:
        raise SpentError
