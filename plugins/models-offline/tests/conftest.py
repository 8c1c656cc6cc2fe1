"""The provider with its models, where they are installed."""

from collections.abc import AsyncIterator

import pytest

from dify_models_offline.provider import EMBEDDING_MODEL, TEXT_MODEL, OfflineProvider
from dify_models_offline.settings import OfflineSettings
from dify_runtime_sdk.model_providers import ModelAccess
from dify_runtime_sdk.models import ModelType


@pytest.fixture
async def provider() -> AsyncIterator[OfflineProvider]:
    """The provider; its processes end with the test."""
    provider = OfflineProvider(OfflineSettings(OFFLINE_CONTEXT_SIZE=512, OFFLINE_QUEUE=3))
    yield provider
    await provider.close()


def _access(provider: OfflineProvider, name: str, kind: ModelType) -> ModelAccess:
    schema = provider.description.model(name, kind)
    if schema is None:
        pytest.skip(f"{name} is not installed; `dify-runtime offline install` does it")
    return ModelAccess(provider=provider.description, model=name, type=kind, schema=schema)


@pytest.fixture
def text(provider: OfflineProvider) -> ModelAccess:
    """The way to the language model."""
    return _access(provider, TEXT_MODEL, ModelType.LLM)


@pytest.fixture
def vectors(provider: OfflineProvider) -> ModelAccess:
    """The way to the embedding model."""
    return _access(provider, EMBEDDING_MODEL, ModelType.TEXT_EMBEDDING)
