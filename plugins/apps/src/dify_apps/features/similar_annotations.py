"""Annotations by meaning: questions compared as vectors."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from dify_runtime_sdk import Services
from dify_runtime_sdk.model_uses import DefaultModels, EmbeddingRequest, TextEmbeddings
from dify_runtime_sdk.models import ModelId, ModelType

_MOST: Final = 5_000
"""Annotations of one app that are compared, the newest first."""
_AT_ONCE: Final = 200
"""Comparisons that do not leave the event loop."""
_REMEMBERED: Final = 20_000


class EmbeddedAnnotations:
    """Compares with the embedding model of the app's setting; satisfies `SimilarAnnotations`.

    Vectors of questions are kept in memory under what was embedded, so that an unchanged question is embedded once.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._vectors: OrderedDict[tuple[ModelId, str], Sequence[float]] = OrderedDict()

    async def best(
        self, query: str, annotations: Sequence[Any], *, model: ModelId | None, threshold: float, tenant_id: str
    ) -> tuple[Any, float] | None:
        """The nearest annotation, if it is near enough; None where nothing embeds."""
        if not annotations or not self._services.offered(TextEmbeddings):
            return None
        model = model or await self._default(tenant_id)
        if model is None:
            return None
        rows = annotations[:_MOST]
        vectors = await self._embedded(model, [row.question for row in rows], tenant_id)
        asked = (await self._embed(model, [query], "query", tenant_id))[0]
        scores = await _scores(asked, vectors)
        at = max(range(len(rows)), key=scores.__getitem__)
        return (rows[at], scores[at]) if scores[at] >= threshold else None

    async def _default(self, tenant_id: str) -> ModelId | None:
        if not self._services.offered(DefaultModels):
            return None
        return await (await self._services.get(DefaultModels)).get(ModelType.TEXT_EMBEDDING, tenant_id=tenant_id)

    async def _embedded(self, model: ModelId, questions: Sequence[str], tenant_id: str) -> list[Sequence[float]]:
        missing = [one for one in dict.fromkeys(questions) if (model, one) not in self._vectors]
        fresh: dict[str, Sequence[float]] = {}
        if missing:
            fresh = dict(zip(missing, await self._embed(model, missing, "document", tenant_id), strict=True))
        found = [fresh.get(one) or self._vectors[model, one] for one in questions]
        self._vectors.update({(model, one): vector for one, vector in fresh.items()})
        while len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return found

    async def _embed(
        self, model: ModelId, texts: Sequence[str], purpose: Any, tenant_id: str
    ) -> Sequence[Sequence[float]]:
        service = await self._services.get(TextEmbeddings)
        request = EmbeddingRequest(model=model, texts=texts, purpose=purpose, tenant_id=tenant_id)
        return (await service.embed(request)).vectors


async def _scores(asked: Sequence[float], vectors: Sequence[Sequence[float]]) -> list[float]:
    if len(vectors) <= _AT_ONCE:
        return [cosine(asked, vector) for vector in vectors]
    return await asyncio.to_thread(lambda: [cosine(asked, vector) for vector in vectors])


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """How alike two vectors are, from -1 to 1; 0 when one has no length."""
    length = math.hypot(*one) * math.hypot(*other)
    return math.sumprod(one, other) / length if length else 0.0
