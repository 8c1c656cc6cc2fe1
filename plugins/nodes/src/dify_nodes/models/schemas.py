"""What is known of the configured model."""

from dify_runtime_sdk.models import LanguageModels, LanguageModelSchema, ModelError
from dify_runtime_sdk.workflow import NodeContext

from .answers import model_failure
from .config import ModelConfig


async def schema_of(model: ModelConfig, context: NodeContext) -> LanguageModelSchema:
    """What is known of the model; raises `NodeError` when there is no such model."""
    models = await context.services.get(LanguageModels)
    try:
        return await models.schema(model.id, tenant_id=context.run.tenant_id)
    except ModelError as error:
        raise model_failure(error) from error
