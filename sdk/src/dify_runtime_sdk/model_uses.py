"""Models other than language models: embeddings, reranking, moderation, speech; and which model is the default.

Each protocol is a service. All raise the errors of `dify_runtime_sdk.models`. The request classes are also what
interceptors see (`Interceptor.call_type`).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from .models import ModelId, ModelType


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRequest:
    """Texts to embed; `purpose` says whether they are to be found or to be searched with."""

    model: ModelId
    texts: Sequence[str] = field(repr=False)
    purpose: Literal["document", "query"] = "document"
    tenant_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingUsage:
    """What embedding cost; `price_unit` as in `ModelUsage`, `latency` in seconds."""

    tokens: int = 0
    total_tokens: int = 0
    unit_price: Decimal = Decimal(0)
    price_unit: Decimal = Decimal(0)
    total_price: Decimal = Decimal(0)
    currency: str = "USD"
    latency: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """One vector per text, in the order of the texts, all of one length."""

    vectors: Sequence[Sequence[float]]
    usage: EmbeddingUsage = EmbeddingUsage()


class TextEmbeddings(Protocol):
    """Embedding models of every provider."""

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        """Embed texts, in as many calls of the vendor as its limits ask for."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankRequest:
    """Documents to put in order of how well they answer a query; None = no threshold, no limit."""

    model: ModelId
    query: str = field(repr=False)
    documents: Sequence[str] = field(repr=False)
    score_threshold: float | None = None
    limit: int | None = None
    tenant_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A document by its place in the request, and how well it fits."""

    index: int
    score: float


class Reranking(Protocol):
    """Rerank models of every provider."""

    async def rerank(self, request: RerankRequest) -> Sequence[Ranked]:
        """The documents that reach the threshold, the best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationRequest:
    """A text to be judged; without a model the default one of the type, or the provider's own choice."""

    model: ModelId
    text: str = field(repr=False)
    tenant_id: str = ""
    user_id: str = ""


class ModerationModels(Protocol):
    """Moderation models of every provider."""

    async def flagged(self, request: ModerationRequest) -> bool:
        """Whether the text is objectionable."""
        ...


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a model can speak with: what it is called, and the vendor's id of it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """A text to be spoken; an empty or unknown voice is the model's default."""

    model: ModelId
    text: str = field(repr=False)
    voice: str = ""
    tenant_id: str = ""
    user_id: str = ""


class SpeechModels(Protocol):
    """Text-to-speech models of every provider."""

    def speak(self, request: SpeechRequest) -> AsyncIterator[bytes]:
        """The sound (MP3 unless the model says otherwise), piece by piece as it comes."""
        ...

    async def voices(self, model: ModelId, *, language: str = "", tenant_id: str = "") -> Sequence[Voice]:
        """The voices of a model, those for `language` (`en-US`) if it tells them apart."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionRequest:
    """Sound to be written down; the name's extension tells the format."""

    model: ModelId
    audio: bytes = field(repr=False)
    filename: str = "audio.mp3"
    mime_type: str = "audio/mpeg"
    tenant_id: str = ""
    user_id: str = ""


class TranscriptionModels(Protocol):
    """Speech-to-text models of every provider."""

    async def transcribe(self, request: TranscriptionRequest) -> str:
        """The words."""
        ...


class DefaultModels(Protocol):
    """Which model serves where nobody names one."""

    async def get(self, model_type: ModelType, *, tenant_id: str = "") -> ModelId | None:
        """The tenant's default, else the first model that can be used; None when there is none."""
        ...
