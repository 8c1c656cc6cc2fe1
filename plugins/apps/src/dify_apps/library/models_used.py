"""Whether the models that an app names can be used here."""

from collections.abc import Iterator
from typing import Any, Final

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.models import LanguageModels, ModelError, ModelId
from dify_workflow.dsl import Document

_MODEL_NODES: Final = frozenset({"llm", "question-classifier", "parameter-extractor"})


class ModelCheck:
    """Asks the plugin `models`, if there is one."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def warnings(self, document: Document, tenant_id: str) -> tuple[str, ...]:
        """Why models of the app cannot be used in the workspace, one text each; they say what to install or add."""
        if not self._runtime.services.offered(LanguageModels):
            return ()
        models = await self._runtime.services.get(LanguageModels)
        found: dict[str, None] = {}
        for model in dict.fromkeys(models_used(document)):
            try:
                await models.schema(model, tenant_id=tenant_id)
            except ModelError as error:
                found[str(error)] = None
        return tuple(found)


def models_used(document: Document) -> Iterator[ModelId]:
    """The language models that a file names, in its order."""
    if document.model_config is not None:
        yield from _model(document.raw["model_config"].get("model"))
    for node in document.graph.get("nodes") or ():
        data = node.get("data") or {}
        if data.get("type") in _MODEL_NODES:
            yield from _model(data.get("model"))


def _model(value: Any) -> Iterator[ModelId]:
    if isinstance(value, dict) and isinstance(provider := value.get("provider"), str) and provider:
        name = value.get("name")
        yield ModelId(provider, name if isinstance(name, str) else "")
