"""Passages of datasets for the prompt of a chat, and the sources that the answer names."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dify_runtime_sdk import Services
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.knowledge import MetadataCondition, RetrievalError, RetrievalRequest, RetrievalResult, Retriever

from ...api import InvokeFrom, RunRequest
from .config import EasyConfig
from .prompts.variables import filled

_log: Final = logging.getLogger(__name__)

_FROM: Final = {
    InvokeFrom.SERVICE_API: "api",
    InvokeFrom.WEB_APP: "web_app",
    InvokeFrom.EXPLORE: "explore_app",
    InvokeFrom.TRIGGER: "trigger",
}
_FIELDS: Final = (
    "dataset_id",
    "dataset_name",
    "document_id",
    "document_name",
    "data_source_type",
    "segment_id",
    "score",
    "doc_metadata",
    "page",
)
_DEVELOPER_FIELDS: Final = {
    "hit_count": "segment_hit_count",
    "word_count": "segment_word_count",
    "segment_position": "segment_position",
    "index_node_hash": "segment_index_node_hash",
}


class Knowledge:
    """Searches the datasets of an app, where a plugin offers retrieval."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def search(
        self, request: RunRequest, config: EasyConfig, query: str, inputs: Mapping[str, Any]
    ) -> RetrievalResult | None:
        """What the app's datasets hold on `query`; None without datasets, query or retrieval.

        Raises `InvalidParam` when the search fails.
        """
        if not config.dataset_ids or not query:
            return None
        return await self.retrieve(retrieval_request(request, config, config.dataset_ids, query, inputs))

    async def retrieve(self, wanted: RetrievalRequest) -> RetrievalResult | None:
        """Search; None without retrieval."""
        if not self._services.offered(Retriever):
            _log.warning("app %s has datasets, and no plugin searches any: they are ignored", wanted.app_id)
            return None
        try:
            return await (await self._services.get(Retriever)).retrieve(wanted)
        except RetrievalError as error:
            raise InvalidParam(error.message) from error


def retrieval_request(
    request: RunRequest, config: EasyConfig, dataset_ids: Sequence[str], query: str, inputs: Mapping[str, Any]
) -> RetrievalRequest:
    """The request for a search as the configuration wants it."""
    settings = config.settings.dataset_configs
    conditions = settings.metadata_filtering_conditions
    mode: Any = "single" if settings.retrieval_model == "single" else "multiple"
    filtering: Any = settings.metadata_filtering_mode
    return RetrievalRequest(
        tenant_id=request.app.tenant_id,
        dataset_ids=dataset_ids,
        query=query,
        mode=mode,
        single={"model": config.settings.model.model_dump(exclude_none=True)},
        multiple=_multiple(config),
        metadata_filtering=filtering if filtering in {"automatic", "manual"} else "disabled",
        metadata_model=settings.metadata_model_config,
        metadata_operator="and" if conditions.get("logical_operator") == "and" else "or",
        metadata_conditions=[_condition(one, inputs) for one in conditions.get("conditions") or ()],
        app_id=request.app.id,
        user_id=request.caller.id,
    )


def context_of(result: RetrievalResult) -> str:
    """The passages as one text, the best first."""
    return "\n".join(_content(record) for record in result.records)


def resources_of(result: RetrievalResult, request: RunRequest) -> list[Mapping[str, Any]]:
    """The sources, as the end of an answer names them."""
    origin = _FROM.get(request.caller.invoke_from, "dev")
    return [_resource(record, at, origin) for at, record in enumerate(result.records, start=1)]


def _multiple(config: EasyConfig) -> dict[str, Any]:
    settings = config.settings.dataset_configs
    model = settings.reranking_model
    return {
        "top_k": settings.top_k,
        "score_threshold": settings.score_threshold if settings.score_threshold_enabled else None,
        "reranking_enable": settings.reranking_enable,
        "reranking_mode": settings.reranking_mode,
        "reranking_model": {"provider": model.reranking_provider_name, "model": model.reranking_model_name},
        "weights": settings.weights or None,
    }


def _condition(condition: Mapping[str, Any], inputs: Mapping[str, Any]) -> MetadataCondition:
    value = condition.get("value")
    if isinstance(value, str):
        value = " ".join(filled(value, inputs).split("\n")).replace("\t", " ")
    name, operator = str(condition.get("name") or ""), str(condition.get("comparison_operator") or "")
    return MetadataCondition(name=name, operator=operator, value=value)


def _content(record: Mapping[str, Any]) -> str:
    content, summary = str(record.get("content") or ""), record.get("summary")
    return f"{summary}\n{content}" if summary else content


def _resource(record: Mapping[str, Any], position: int, origin: str) -> dict[str, Any]:
    metadata: Mapping[str, Any] = record.get("metadata") or {}
    known = {name: metadata.get(name) for name in _FIELDS}
    developer = {name: metadata.get(key) if origin == "dev" else None for name, key in _DEVELOPER_FIELDS.items()}
    return {
        "position": position,
        **known,
        "retriever_from": origin,
        **developer,
        "content": record.get("content"),
        "title": record.get("title"),
        "files": record.get("files"),
        "summary": record.get("summary"),
    }
