"""The child's side of `processes`: orders and answers are each their length in eight bytes, big-endian, and JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any, Final

LENGTH: Final = 8


def serve(answer: Callable[[Any], dict[str, Any]], memory: int) -> None:
    """Answer orders until there are no more, with `memory` bytes at most; the greeting is answered with nothing."""
    _limit(memory)
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := orders.read(LENGTH):
        order = json.loads(orders.read(int.from_bytes(head)))
        reply = json.dumps({} if order is None else answer(order)).encode()
        answers.write(len(reply).to_bytes(LENGTH) + reply)
        answers.flush()


def _limit(memory: int) -> None:
    """Limit this process, for good."""
    try:
        import resource
    except ImportError:  # Windows: time is limited all the same
        return
    _, ceiling = resource.getrlimit(resource.RLIMIT_AS)
    most = memory if ceiling == resource.RLIM_INFINITY else min(memory, ceiling)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
