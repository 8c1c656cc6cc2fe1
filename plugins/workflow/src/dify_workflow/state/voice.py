"""Who is said to speak when a response streams."""

from typing import TYPE_CHECKING

from dify_runtime_sdk.workflow import Selector

from ..graph import GraphNode, ResponsePlan
from . import telling
from .frame import Frame

if TYPE_CHECKING:
    from .machine import Machine


class Voice:
    """Makes the chunks of one frame into events: of the node that made the value, or of the response itself."""

    __slots__ = ("_frame", "_machine")

    def __init__(self, machine: "Machine", frame: Frame) -> None:
        self._machine = machine
        self._frame = frame

    def say(self, node: GraphNode | None, response: ResponsePlan, selector: Selector, text: str, final: bool) -> None:
        """Tell one chunk; see `Emit`."""
        machine, frame = self._machine, self._frame
        speaker = node or response.node
        event = telling.chunk(frame, speaker, self._id(speaker, response), selector, text, final=final)
        machine.emit(frame, event)

    def _id(self, node: GraphNode, response: ResponsePlan) -> str:
        """The execution that speaks: the last one of the node, here or in a frame around; else the one it will be."""
        at: Frame | None = self._frame
        while at is not None:
            if node.id in at.ids:
                return at.ids[node.id]
            owner = at.owner
            if owner is not None and owner.node is node:
                return owner.id
            at = owner.frame if owner is not None else None
        frame = self._frame
        planned = frame.ids[node.id] = self._machine.planned_id(frame, node.id)
        if node is response.node:
            frame.planned[response.index] = planned
        return planned
