"""A scripted retriever."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dify_runtime_sdk.knowledge import RetrievalRequest, RetrievalResult

from .script import Script

type Records = Sequence[Mapping[str, Any] | str] | Exception


class ScriptedRetriever:
    """Satisfies `Retriever` with lists of records, in the order of the calls; the last one answers all that follow.

    A record is a text, or a mapping in the form of a retrieval node's output. `requests` holds what was asked.
    """

    def __init__(self, *answers: Records | Callable[[RetrievalRequest], Records]) -> None:
        self._script = Script(answers or ([],))
        self.requests: list[RetrievalRequest] = []

    async def retrieve(self, request: RetrievalRequest) -> RetrievalResult:
        """See `Retriever.retrieve`."""
        self.requests.append(request)
        return RetrievalResult(records=[_record(record) for record in self._script.next(request)])


def _record(given: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if not isinstance(given, str):
        return given
    return {"content": given, "title": "", "metadata": {"_source": "knowledge", "score": 1.0}}
