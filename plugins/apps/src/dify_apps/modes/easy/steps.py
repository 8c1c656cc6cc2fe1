"""What happens to a turn before a model is asked: moderation, annotation reply, external data, knowledge."""

from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.knowledge import RetrievalResult

from ...api import PreparedRun
from ...features.external_data import ExternalData
from ..chat.answers import distinct
from ..chat.screening import Screening
from .answering import Answer
from .knowledge import Knowledge, context_of, resources_of
from .turns import EasyTurn, turn_of


class Steps:
    """The steps, each for one run. Those that answer by themselves say so."""

    def __init__(self, screening: Screening, external_data: ExternalData, knowledge: Knowledge) -> None:
        self._screening = screening
        self._external_data = external_data
        self._knowledge = knowledge

    async def moderated(self, prepared: PreparedRun, answer: Answer) -> bool:
        """Judge what the user sent; True when a preset text has answered."""
        turn = turn_of(prepared)
        return await self._screening.moderated(turn.config.settings, prepared.request, turn, answer)

    async def annotated(self, prepared: PreparedRun, answer: Answer) -> bool:
        """Look for an annotation; True when one has answered."""
        return await self._screening.annotated(prepared.request, turn_of(prepared), answer)

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
        self._screening.guard(turn_of(prepared).config.settings, prepared.request, answer)


def note_knowledge(found: RetrievalResult, prepared: PreparedRun, answer: Answer) -> None:
    """Take note of what a search found and cost."""
    answer.resources = distinct([*answer.resources, *resources_of(found, prepared.request)])
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
