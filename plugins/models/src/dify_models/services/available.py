"""Which models a workspace could use."""

from collections.abc import Sequence

from dify_runtime_sdk.model_providers import ModelProvider
from dify_runtime_sdk.models import ModelId

from ..api import AvailableModel
from .stored import StoredModel, StoredProvider


def available(provider: ModelProvider, stored: StoredProvider, usable: bool) -> Sequence[AvailableModel]:
    """The predefined models of a provider, and those that the workspace added, in this order."""
    description = provider.description
    schemas = {(one.type, one.name): one for one in description.models}
    for kind, name in stored.models:
        if (kind, name) not in schemas:
            known = provider.schema(kind, name, {}) if kind in description.types else None
            if known is not None:
                schemas[kind, name] = known
    found = []
    for key, schema in schemas.items():
        entry = stored.models.get(key, StoredModel())
        found.append(
            AvailableModel(
                id=ModelId(description.name, schema.name),
                schema=schema,
                enabled=entry.enabled,
                usable=entry.enabled and (usable or entry.credential is not None),
                balanced=entry.balanced,
            )
        )
    return found
