"""Language models as all modes find them: the service may be missing, and so may a default."""

from dify_runtime_sdk import Services
from dify_runtime_sdk.model_uses import DefaultModels
from dify_runtime_sdk.models import LanguageModels, ModelId, ModelNotFoundError, ModelType


async def language_models(services: Services) -> LanguageModels:
    """The service; raises `ModelNotFoundError` when no plugin offers it."""
    if not services.offered(LanguageModels):
        raise ModelNotFoundError("no plugin serves language models", hint="install dify-runtime-models")
    return await services.get(LanguageModels)


async def default_model(services: Services, tenant_id: str) -> ModelId | None:
    """The language model that serves where nobody names one."""
    if not services.offered(DefaultModels):
        return None
    return await (await services.get(DefaultModels)).get(ModelType.LLM, tenant_id=tenant_id)
