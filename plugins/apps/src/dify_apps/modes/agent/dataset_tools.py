"""The datasets of an agent, as tools that it may search."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dify_runtime_sdk import Services
from dify_runtime_sdk.knowledge import Retriever
from dify_runtime_sdk.models import FunctionTool

from ...api import PreparedRun
from ..easy.answering import Answer
from ..easy.knowledge import Knowledge, context_of, retrieval_request
from ..easy.steps import note_knowledge
from ..easy.turns import turn_of
from .toolbox import AgentTool, Observation

_PARAMETERS: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"query": {"type": "string", "description": "What to search for."}},
    "required": ["query"],
}
_NOTHING: Final = "nothing was found"


def dataset_tools(prepared: PreparedRun, answer: Answer, knowledge: Knowledge, services: Services) -> list[AgentTool]:
    """One tool for each dataset where one is to be chosen, one for all of them otherwise."""
    config = turn_of(prepared).config
    ids = config.dataset_ids
    if not ids or not services.offered(Retriever):
        return []
    if config.settings.dataset_configs.retrieval_model != "single":
        return [_tool("dataset_retrieval", ids, prepared, answer, knowledge)]
    return [_tool(f"dataset_{one.replace('-', '_')}", [one], prepared, answer, knowledge) for one in ids]


def _tool(
    name: str, dataset_ids: Sequence[str], prepared: PreparedRun, answer: Answer, knowledge: Knowledge
) -> AgentTool:
    turn = turn_of(prepared)

    async def search(arguments: Mapping[str, Any]) -> Observation:
        query = str(arguments.get("query") or "")
        wanted = retrieval_request(prepared.request, turn.config, dataset_ids, query, turn.inputs)
        found = await knowledge.retrieve(wanted) if query else None
        if found is None or not found.records:
            return Observation(_NOTHING)
        note_knowledge(found, prepared, answer)
        return Observation(context_of(found))

    description = "Searches the knowledge of this app for passages about a query."
    function = FunctionTool(name=name, description=description, parameters=_PARAMETERS)
    return AgentTool(function, search, {"en_US": "Knowledge", "zh_Hans": "Knowledge"})
