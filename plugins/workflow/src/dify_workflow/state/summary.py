"""What is left of an item of an iteration once it has ended: enough to go on without running it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .usage import Usage


@dataclass(slots=True)
class Summary:
    """One ended item. In a compacted journal it stands for all entries of the item."""

    number: int
    """The iteration's execution."""
    index: int
    given: bool
    """Whether it gave an output; one that failed may be left out."""
    value: Any
    seconds: float
    conversation: Mapping[str, Any]
    """The conversation variables that it changed."""
    usage: Usage = field(default_factory=Usage)
    at: float = 0.0
    next: int = 1
    """The number of the next execution."""
    events: int = 0
    steps: int = 0
