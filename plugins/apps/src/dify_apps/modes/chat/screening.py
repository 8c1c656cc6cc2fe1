"""What may answer a turn before the app does, and what looks at the app's answer: moderation, annotations."""

from collections.abc import Mapping
from typing import Any, Protocol

from dify_workflow.dsl import Features

from ...api import RunOutput, RunRequest
from ...features.annotations import AnnotationMatcher, hit_writes
from ...features.moderation import Moderations, judges_inputs
from ...features.output_guard import BUFFER, Moderated, OutputGuard


class Sent(Protocol):
    """What the user sent, which moderation may change, and the message that answers it."""

    query: str
    inputs: dict[str, Any]

    @property
    def message_id(self) -> str:
        """The message."""
        ...


class Screened(Moderated, Protocol):
    """An answer that somebody else than a model of the app may give."""

    annotation: Mapping[str, Any] | None
    guard: OutputGuard | None

    def preset(self, text: str) -> None:
        """Give a text that no model wrote as the answer."""
        ...

    @property
    def output(self) -> RunOutput:
        """Where it is told."""
        ...


class Screening:
    """Moderation and annotation replies; one for all modes with messages.

    `buffer` counts the characters between two looks of output moderation.
    """

    def __init__(self, moderations: Moderations, annotations: AnnotationMatcher, *, buffer: int = BUFFER) -> None:
        self._moderations = moderations
        self._annotations = annotations
        self._buffer = buffer

    async def applies(self, features: Features, request: RunRequest) -> bool:
        """Whether a turn of the app may be answered, or changed, before the app has a look at it."""
        return judges_inputs(features) or await self._annotations.replies(request.app)

    async def moderated(self, features: Features, request: RunRequest, sent: Sent, answer: Screened) -> bool:
        """Judge what the user sent; True when a preset text has answered."""
        judge = self._moderations.of_inputs(features, request.app)
        if judge is None:
            return False
        verdict = await judge.moderation_for_inputs(sent.inputs, sent.query)
        if not verdict.flagged:
            return False
        if verdict.action == "direct_output":
            answer.preset(verdict.preset_response)
            return True
        sent.inputs, sent.query = {**sent.inputs, **verdict.inputs}, verdict.query or sent.query
        return False

    async def annotated(self, request: RunRequest, sent: Sent, answer: Screened) -> bool:
        """Look for an annotation; True when one has answered."""
        found = await self._annotations.match(request.app, sent.query)
        if found is None:
            return False
        answer.output.record(*hit_writes(found, request.app, request.caller, sent.message_id, sent.query))
        answer.annotation = found.to_json()
        answer.preset(found.content)
        return True

    def guard(self, features: Features, request: RunRequest, answer: Screened) -> None:
        """Have the answer looked at while it is written, where the app wants that."""
        judge = self._moderations.of_outputs(features, request.app)
        if judge is not None:
            answer.guard = OutputGuard(judge, answer, buffer=self._buffer)
