"""One execution of one node: what the machine knows of it while it runs."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dify_runtime_sdk.workflow import NodeResult

if TYPE_CHECKING:
    from ..containers.driver import Driver
    from ..graph import GraphNode
    from .frame import Frame
    from .pool import WritingScope


@dataclass(slots=True, eq=False)
class Execution:
    """A node that was started and has not ended; kept over its retries."""

    number: int
    """Unique in the run; the journal knows executions by it."""
    id: str
    frame: "Frame"
    index: int
    """Of the node in the frame's plan."""
    node: "GraphNode"
    predecessor: str | None
    start_at: float
    attempt: int = 1
    failed: NodeResult | None = None
    """The last attempt's result, while the next one is waited for."""
    failed_at: float = 0.0
    scope: "WritingScope | None" = None
    """What the current attempt writes to, if it declares that it does."""
    driver: "Driver | None" = None
    """What runs it, if it is a container."""
    sent: dict[str, int] = field(default_factory=dict)
    """Characters that this attempt has streamed, by output; kept to continue after a crash."""
