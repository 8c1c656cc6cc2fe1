"""What happens to a turn before a model is asked: moderation, annotation reply, external data, knowledge."""

from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.knowledge import RetrievalResult

from ...api import PreparedRun
from ...features.annotations import AnnotationMatcher, hit_writes
from ...features.external_data import ExternalData
from ...features.moderation import Moderations
from ...features.output_guard import OutputGuard
from .answering import Answer
from .knowledge import Knowledge, context_of, merged, resources_of
from .turns import EasyTurn, turn_of


class Steps:
    """The steps, each for one run. Those that answer by themselves say so."""

    def __init__(
        self,
        moderations: Moderations,
        annotations: AnnotationMatcher,
        external_data: ExternalData,
        knowledge: Knowledge,
        *,
        buffer: int,
    ) -> None:
        self._moderations = moderations
        self._annotations = annotations
        self._external_data = external_data
        self._knowledge = knowledge
        self._buffer = buffer

    async def moderated(self, prepared: PreparedRun, answer: Answer) -> bool:
        """Judge what the user sent; True when a preset text has answered."""
        turn = turn_of(prepared)
        judge = self._moderations.of_inputs(turn.config.settings, prepared.request.app)
        if judge is None:
            return False
        verdict = await judge.moderation_for_inputs(turn.inputs, turn.query)
        if not verdict.flagged:
            return False
        if verdict.action == "direct_output":
            answer.say(verdict.preset_response)
            return True
        turn.inputs, turn.query = {**turn.inputs, **verdict.inputs}, verdict.query or turn.query
        return False

    async def annotated(self, prepared: PreparedRun, answer: Answer) -> bool:
        """Look for an annotation; True when one has answered."""
        turn = turn_of(prepared)
        request = prepared.request
        found = await self._annotations.match(request.app, turn.query)
        if found is None:
            return False
        answer.output.record(*hit_writes(found, request.app, request.caller, turn.message_id, turn.query))
        answer.annotation = found.to_json()
        answer.say(found.content)
        return True

    async def fill_inputs(self, prepared: PreparedRun) -> None:
        """Fetch the inputs that external data tools bring."""
        turn = turn_of(prepared)
        tools = turn.config.tools
        turn.inputs |= await self._external_data.fetch(tools, prepared.request.app, turn.inputs, turn.query)

    async def context(self, prepared: PreparedRun, answer: Answer, query: str) -> str | None:
        """Search the app's datasets; None when there is nothing to search."""
        turn = turn_of(prepared)
        found = await self._knowledge.search(prepared.request, turn.config, query, turn.inputs)
        if found is None:
            return None
        note_knowledge(found, prepared, answer)
        return context_of(found)

    def guard(self, prepared: PreparedRun, answer: Answer) -> None:
        """Have the answer looked at while it is written, where the app wants that."""
        judge = self._moderations.of_outputs(turn_of(prepared).config.settings, prepared.request.app)
        if judge is not None:
            answer.guard = OutputGuard(judge, answer, buffer=self._buffer)


def note_knowledge(found: RetrievalResult, prepared: PreparedRun, answer: Answer) -> None:
    """Take note of what a search found and cost."""
    answer.resources = merged(answer.resources, resources_of(found, prepared.request))
    if found.usage.total_tokens:
        answer.spend(found.usage)


def searched_for(turn: EasyTurn) -> str:
    """What a completion app searches its datasets for: the input that it names."""
    name = turn.config.settings.dataset_query_variable
    if not name or not turn.config.dataset_ids:
        return turn.query
    value = turn.inputs.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidParam(f"{name} is searched for, and must be a text")
    return value or ""
