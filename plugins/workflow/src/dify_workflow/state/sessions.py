"""The order of what is streamed: one response at a time, each part when its value is there."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from dify_runtime_sdk.workflow import Selector, TextForm

from ..graph import GraphNode, Plan, Reference, ResponsePlan
from .pool import Pool

type Emit = Callable[[GraphNode | None, ResponsePlan, Selector, str, bool], None]
"""(who made it, or None for the response itself; the response; selector; text; whether it is final)."""


@dataclass(slots=True)
class _Stream:
    """What a node has sent of one output."""

    chunks: list[str] = field(default_factory=list)
    closed: bool = False
    released: bool = False
    """Whether a client has seen some of it."""


@dataclass(slots=True)
class _Session:
    """How far one response has been streamed."""

    plan: ResponsePlan
    segment: int = 0
    position: int = 0
    """Chunks of the current segment's stream that are out."""


class Sessions:
    """The responses of one frame: which may stream, which one does, and what was sent before its turn."""

    __slots__ = ("_active", "_begun", "_emit", "_plan", "_pool", "_skipped", "_streams", "_waiting")

    def __init__(self, plan: Plan, pool: Pool, skipped: bytearray, emit: Emit) -> None:
        self._plan = plan
        self._pool = pool
        self._skipped = skipped
        self._emit = emit
        self._active: _Session | None = None
        self._waiting: deque[_Session] = deque()
        self._begun: set[int] = set()
        self._streams: dict[Selector, _Stream] = {}
        self.activate(plan.at_start)

    def activate(self, responses: tuple[int, ...]) -> None:
        """Let these responses stream when their turn comes; those that began already are left alone."""
        for number in responses:
            if number not in self._begun:
                self._begun.add(number)
                self._waiting.append(_Session(self._plan.responses[number]))

    def receive(self, selector: Selector, chunk: str) -> None:
        """Take a piece that a node sent."""
        self._streams.setdefault(selector, _Stream()).chunks.append(chunk)

    def close(self, selector: Selector) -> None:
        """The stream of `selector` is complete; its last piece is empty."""
        stream = self._streams.setdefault(selector, _Stream())
        if not stream.closed:
            stream.chunks.append("")
            stream.closed = True

    def open_streams(self, node_id: str) -> list[Selector]:
        """What `node_id` sent pieces of without closing it."""
        return [s for s, stream in self._streams.items() if s[0] == node_id and not stream.closed]

    def discard(self, node_id: str, *, ended: bool) -> None:
        """An attempt of `node_id` failed: forget what nobody has seen; if it has `ended`, wait for no more."""
        for selector in self.open_streams(node_id):
            stream = self._streams[selector]
            if not stream.released:
                del self._streams[selector]
            elif ended:
                stream.closed = True

    def begin(self) -> None:
        """Let the next response speak unless one is at it; that one is left alone."""
        if self._active is None:
            self.flush()

    def flush(self) -> None:
        """Emit all that can be emitted now."""
        while True:
            session = self._active
            if session is None:
                if not self._waiting:
                    return
                session = self._active = self._waiting.popleft()
            if not self._advance(session):
                return
            self._active = None

    def _advance(self, session: _Session) -> bool:
        segments = session.plan.segments
        while session.segment < len(segments):
            segment = segments[session.segment]
            final = session.segment == len(segments) - 1
            if isinstance(segment, str):
                self._emit(None, session.plan, (session.plan.node.id, "answer"), segment, final)
            elif not self._release(session, segment, final):
                return False
            session.segment += 1
            session.position = 0
        return True

    def _release(self, session: _Session, reference: Reference, final: bool) -> bool:
        """Emit what there is of a reference; whether that was all."""
        if reference.skipped or (reference.maker is not None and self._skipped[reference.maker]):
            return True
        selector = reference.selector
        stream = self._streams.get(selector)
        if stream is not None:
            return self._release_stream(session, reference, stream)
        text = self._pool.text(selector, TextForm.MARKDOWN)
        if text is None:
            return False
        self._emit(reference.node, session.plan, selector, text, final)
        return True

    def _release_stream(self, session: _Session, reference: Reference, stream: _Stream) -> bool:
        chunks = stream.chunks
        while session.position < len(chunks):
            chunk = chunks[session.position]
            session.position += 1
            stream.released = True
            last = stream.closed and session.position == len(chunks)
            self._emit(reference.node, session.plan, reference.selector, chunk, last)
        return stream.closed
