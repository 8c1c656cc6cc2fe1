"""What the tests of all plugins share, and how many processes run the suite."""

import itertools
import os
from collections.abc import Iterator
from functools import cache

import pytest

PAIRS = 4
"""Key pairs of a test process; workspaces made one after the other have different ones."""


def pytest_xdist_auto_num_workers() -> int:
    """Two test processes per core: half of the suite's time is waiting for processes that it has started."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session", autouse=True)
def pooled_key_pairs() -> Iterator[None]:
    """Give workspaces real key pairs out of a small pool: to make one takes longer than most tests."""
    from dify_secrets.domain import hybrid

    made = cache(lambda _number, generate=hybrid.generate_pair: generate())
    numbers = itertools.cycle(range(PAIRS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hybrid, "generate_pair", lambda: made(next(numbers)))
        yield
