"""The conformance suite of caches, one class per protocol of the family."""

import pytest

_PARTS = ("counters", "locks", "pubsub", "rate_limits", "streams", "values")
# Before the imports below, so that a failed assertion shows its values to the author of the implementation.
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in _PARTS))

from .counters import CountersSuite  # noqa: E402 - see above
from .locks import LocksSuite  # noqa: E402 - see above
from .pubsub import PubSubSuite  # noqa: E402 - see above
from .rate_limits import RateLimitsSuite  # noqa: E402 - see above
from .streams import StreamsSuite  # noqa: E402 - see above
from .values import ValuesSuite  # noqa: E402 - see above

__all__ = [
    "CacheSuite",
    "CountersSuite",
    "LocksSuite",
    "PubSubSuite",
    "RateLimitsSuite",
    "StreamsSuite",
    "ValuesSuite",
]


class CacheSuite(ValuesSuite, CountersSuite, LocksSuite, RateLimitsSuite, PubSubSuite, StreamsSuite):
    """What every `Cache` must do; subclass it in a test module and pytest runs it.

        class TestMyCache(CacheSuite):
            \"\"\"My cache keeps the contract.\"\"\"

    It asks for two fixtures, which you define in the class, in the module or in `conftest.py`:

    | fixture | is                                                                                              |
    |---------|-------------------------------------------------------------------------------------------------|
    | `cache` | a working cache                                                                                 |
    | `other` | one like it on the same state, as another process would have; in the process, the same object  |

    State may be left from other tests: every test uses keys of its own. It needs `pytest-asyncio`. The classes of the
    parts can be used on their own by what implements only one of the protocols behind a `Cache`.
    """
