"""Model providers: what a plugin writes that serves models.

    class MyProvider:
        description = ProviderDescription(name="acme/models/acme", label="Acme", …)

        def operator_credentials(self) -> None: …
        def schema(self, model_type, model, credentials): …
        async def validate(self, access): …
        async def generate(self, call): …   # for ModelType.LLM

A provider is contributed by the hook `model_providers`. It holds no credentials: every call brings its own. The plugin
`models` finds the provider by its names, chooses and decrypts credentials, checks parameters, retries, times, prices.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from .egress import Limits
from .markers import hookspec
from .model_schemas import ModelSchema, ProviderDescription
from .model_uses import (
    EmbeddingRequest,
    Embeddings,
    ModerationRequest,
    Ranked,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
)
from .models import (
    LanguageModelChunk,
    LanguageModelRequest,
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelType,
    ModelUnavailableError,
)
from .runtime import Runtime
from .workflow.values import File


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccess:
    """The way to one model: whose it is, and with what credentials.

    `trusted` says by which policy of the egress to go: True when the operator set the address, False when a tenant did.
    `schema` is that of the model; None while credentials of a provider as a whole are validated.
    """

    provider: ProviderDescription
    model: str = ""
    type: ModelType = ModelType.LLM
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    trusted: bool = False
    schema: ModelSchema | None = None
    limits: Limits = field(default_factory=Limits)

    def secrets(self) -> list[str]:
        """The values that must never be shown."""
        forms = (*self.provider.provider_credentials, *self.provider.model_credentials)
        named = {one.variable for one in forms if one.secret}
        return [value for name, value in self.credentials.items() if name in named and value]


class FileSource(Protocol):
    """How a provider gets at the files of a prompt."""

    async def read(self, file: File) -> bytes:
        """The content; raises `ModelRequestError` when it cannot be read."""
        ...

    async def url(self, file: File) -> str | None:
        """An address from which the vendor can fetch the file; None where contents are to be sent along."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One attempt at one call of a language model.

    `request.parameters` are cast and checked. The provider yields texts and complete tool calls as they come, and
    `usage` with the vendor's token counts, if it gives any, and `finish_reason` in the last piece; prices and times
    are added by the caller. It raises the errors of `dify_runtime_sdk.models`, before or after the first piece.
    """

    access: ModelAccess
    request: LanguageModelRequest
    files: FileSource


class ModelProvider(Protocol):
    """What every provider has; for each of its types it satisfies one of the protocols below too."""

    @property
    def description(self) -> ProviderDescription:
        """Names, forms, predefined models; the same object every time."""
        ...

    def operator_credentials(self) -> Mapping[str, str] | None:
        """Credentials that the operator gave in settings, for all tenants; None when there are none."""
        ...

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        """What is known of a model that is not predefined; None when the provider cannot have it."""
        ...

    async def validate(self, access: ModelAccess) -> None:
        """Return when the credentials work, found out as cheaply as can be; raises `ModelError`."""
        ...


@runtime_checkable
class GeneratesText(Protocol):
    """Serves `ModelType.LLM`."""

    def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        """The answer as it comes."""
        ...


@runtime_checkable
class EmbedsText(Protocol):
    """Serves `ModelType.TEXT_EMBEDDING`."""

    async def embed(self, access: ModelAccess, request: EmbeddingRequest) -> Embeddings:
        """Vectors of at most `schema.batch` texts; the usage needs token counts only."""
        ...


@runtime_checkable
class Reranks(Protocol):
    """Serves `ModelType.RERANK`."""

    async def rerank(self, access: ModelAccess, request: RerankRequest) -> Sequence[Ranked]:
        """Scores; order, threshold and limit are seen to by the caller."""
        ...


@runtime_checkable
class Moderates(Protocol):
    """Serves `ModelType.MODERATION`."""

    async def flagged(self, access: ModelAccess, request: ModerationRequest) -> bool:
        """Whether the text is objectionable."""
        ...


@runtime_checkable
class Speaks(Protocol):
    """Serves `ModelType.TTS`."""

    def speak(self, access: ModelAccess, request: SpeechRequest) -> AsyncIterator[bytes]:
        """The sound, in pieces."""
        ...


@runtime_checkable
class Transcribes(Protocol):
    """Serves `ModelType.SPEECH_TO_TEXT`."""

    async def transcribe(self, access: ModelAccess, request: TranscriptionRequest) -> str:
        """The words."""
        ...


SERVES: Final[Mapping[ModelType, type[Any]]] = {
    ModelType.LLM: GeneratesText,
    ModelType.TEXT_EMBEDDING: EmbedsText,
    ModelType.RERANK: Reranks,
    ModelType.MODERATION: Moderates,
    ModelType.TTS: Speaks,
    ModelType.SPEECH_TO_TEXT: Transcribes,
}
"""The protocol that a provider of each type satisfies."""


class ModelProviderHooks:
    """Hooks that the plugin `models` calls."""

    @hookspec
    def model_providers(self, runtime: Runtime) -> Iterable[ModelProvider] | None:
        """Add providers of models; see `ModelProvider`.

        When: once per boot, in every process. Make them without touching network or disk: that is for the first call.
        A name or alias that is taken, and a type without its protocol, are errors.
        """


_TITLES: Final[tuple[tuple[type[ModelError], str], ...]] = (
    (ModelNotFoundError, "Model Not Found Error"),
    (ModelCredentialsError, "Authorization Error"),
    (ModelRateLimitError, "Rate Limit Error"),
    (ModelUnavailableError, "Server Unavailable Error"),
    (ModelRequestError, "Bad Request Error"),
)
_LONGEST_DETAIL: Final = 500
_SHORTEST_SECRET: Final = 8
"""Shorter texts are no keys of any vendor, and would be found in plain words."""


def vendor_error[E: ModelError](
    kind: type[E], access: ModelAccess, detail: str, *, hint: str | None = None, retry_after: float | None = None
) -> E:
    """The error that a user of an app reads, as `[openai] Rate Limit Error, <detail>`; secrets are struck out."""
    for secret in access.secrets():
        if len(secret) >= _SHORTEST_SECRET:
            detail = detail.replace(secret, "***")
    title = next((title for known, title in _TITLES if issubclass(kind, known)), "Error")
    error = kind(f"[{access.provider.short_name}] {title}, {detail[:_LONGEST_DETAIL]}", hint=hint)
    error.retry_after, error.detail = retry_after, detail[:_LONGEST_DETAIL]
    return error
