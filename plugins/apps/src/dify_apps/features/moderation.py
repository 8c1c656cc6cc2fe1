"""Moderation of what users send and of what models write: which kinds there are, and what each says."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from dify_foundation import CodeBasedExtensions, ModerationInputsResult, ModerationOutputsResult
from dify_runtime_sdk import Services, UnknownNameError
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.model_uses import DefaultModels, ModerationModels, ModerationRequest
from dify_runtime_sdk.models import ModelId, ModelNotFoundError, ModelType
from dify_runtime_sdk.workflow import File, to_json
from dify_workflow.dsl import Features

from ..api import App
from .api_extensions import ApiExtensions

_OPENAI: Final = ModelId("langgenius/openai/openai", "omni-moderation-latest")


class Judge(Protocol):
    """Judges the texts of one run; see `dify_foundation.Moderation`."""

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        """Judge the inputs and the question."""
        ...

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        """Judge an answer, or its beginning."""
        ...


class Moderations:
    """Makes the judge that an app's features ask for."""

    def __init__(self, services: Services, extensions: ApiExtensions) -> None:
        self._services = services
        self._extensions = extensions

    def of_inputs(self, features: Features, app: App) -> Judge | None:
        """Who judges what users send; None when nobody does. Raises `InvalidParam` for an unknown kind."""
        return self._judge(features, app) if judges_inputs(features) else None

    def of_outputs(self, features: Features, app: App) -> Judge | None:
        """Who judges what models write; None when nobody does. Raises `InvalidParam` for an unknown kind."""
        moderation = features.sensitive_word_avoidance
        if not (moderation.enabled and moderation.config.outputs_config.enabled):
            return None
        return self._judge(features, app)

    def _judge(self, features: Features, app: App) -> Judge:
        moderation = features.sensitive_word_avoidance
        config = moderation.config
        presets = config.inputs_config.preset_response, config.outputs_config.preset_response
        if moderation.type == "keywords":
            return KeywordJudge(keywords_of(config.keywords), presets)
        if moderation.type == "openai_moderation":
            return ModelJudge(self._services, app.tenant_id, presets)
        if moderation.type == "api":
            return ApiJudge(self._extensions, config.api_based_extension_id, app)
        return self._code_based(moderation.type, app, config.model_dump())

    def _code_based(self, name: str, app: App, config: Mapping[str, Any]) -> Judge:
        problem = InvalidParam(f"There is no moderation of the type {name!r}")
        if not self._services.offered(CodeBasedExtensions):
            raise problem
        return _CodeJudge(self._services, name, app, config, problem)


class _CodeJudge:
    """A judge that an operator or another distribution wrote."""

    def __init__(
        self, services: Services, name: str, app: App, config: Mapping[str, Any], problem: InvalidParam
    ) -> None:
        self._services = services
        self._name = name
        self._app = app
        self._config = config
        self._problem = problem
        self._judge: Judge | None = None

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        """Judge the inputs and the question."""
        return await (await self._made()).moderation_for_inputs(inputs, query)

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        """Judge an answer."""
        return await (await self._made()).moderation_for_outputs(text)

    async def _made(self) -> Judge:
        if self._judge is None:
            extensions = await self._services.get(CodeBasedExtensions)
            try:
                target = extensions.get("moderation", self._name)
            except UnknownNameError:
                raise self._problem from None
            self._judge = target(tenant_id=self._app.tenant_id, app_id=self._app.id, config=self._config)
        return self._judge


class KeywordJudge:
    """Refuses texts that hold one of some words, without regard to case."""

    def __init__(self, keywords: Sequence[str], presets: tuple[str, str]) -> None:
        self._keywords = keywords
        self._presets = presets

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        """Judge the inputs and the question."""
        flagged = any(self._holds(text) for text in texts_in(inputs, query))
        return ModerationInputsResult(flagged=flagged, preset_response=self._presets[0])

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        """Judge an answer."""
        return ModerationOutputsResult(flagged=self._holds(text), preset_response=self._presets[1])

    def _holds(self, text: str) -> bool:
        plain = text.casefold()
        return any(keyword in plain for keyword in self._keywords)


class ModelJudge:
    """Asks a moderation model."""

    def __init__(self, services: Services, tenant_id: str, presets: tuple[str, str]) -> None:
        self._services = services
        self._tenant_id = tenant_id
        self._presets = presets

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        """Judge the inputs and the question."""
        flagged = await self._flagged("\n".join(texts_in(inputs, query)))
        return ModerationInputsResult(flagged=flagged, preset_response=self._presets[0])

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        """Judge an answer."""
        return ModerationOutputsResult(flagged=await self._flagged(text), preset_response=self._presets[1])

    async def _flagged(self, text: str) -> bool:
        if not text.strip():
            return False
        if not self._services.offered(ModerationModels):
            raise ModelNotFoundError("no plugin serves moderation models", hint="install dify-runtime-models")
        models = await self._services.get(ModerationModels)
        model = await self._model()
        return await models.flagged(ModerationRequest(model=model, text=text, tenant_id=self._tenant_id))

    async def _model(self) -> ModelId:
        if not self._services.offered(DefaultModels):
            return _OPENAI
        defaults = await self._services.get(DefaultModels)
        return await defaults.get(ModelType.MODERATION, tenant_id=self._tenant_id) or _OPENAI


class ApiJudge:
    """Asks an API extension."""

    def __init__(self, extensions: ApiExtensions, extension_id: str | None, app: App) -> None:
        self._extensions = extensions
        self._extension_id = extension_id
        self._app = app

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        """Judge the inputs and the question."""
        answer = await self._ask("app.moderation.input", {"inputs": dict(inputs), "query": query})
        if not answer.get("flagged"):
            return ModerationInputsResult()
        return ModerationInputsResult(
            flagged=True,
            action="overridden" if answer.get("action") == "overridden" else "direct_output",
            preset_response=str(answer.get("preset_response") or ""),
            inputs=answer.get("inputs") or {},
            query=str(answer.get("query") or ""),
        )

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        """Judge an answer."""
        answer = await self._ask("app.moderation.output", {"text": text})
        if not answer.get("flagged"):
            return ModerationOutputsResult()
        return ModerationOutputsResult(
            flagged=True,
            action="overridden" if answer.get("action") == "overridden" else "direct_output",
            preset_response=str(answer.get("preset_response") or ""),
            text=str(answer.get("text") or ""),
        )

    async def _ask(self, point: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        told = {"app_id": self._app.id, **to_json(parameters)}
        return await self._extensions.ask(self._extension_id, point, told, tenant_id=self._app.tenant_id)


def judges_inputs(features: Features) -> bool:
    """Whether what users send is judged."""
    moderation = features.sensitive_word_avoidance
    return moderation.enabled and moderation.config.inputs_config.enabled


def keywords_of(text: str) -> tuple[str, ...]:
    """The words of a list, one per line."""
    return tuple(word for line in text.splitlines() if (word := line.strip().casefold()))


def texts_in(inputs: Mapping[str, Any], query: str) -> list[str]:
    """What is judged of a request: its values, but for files."""
    return [*(str(value) for value in inputs.values() if _is_judged(value)), *([query] if query else [])]


def _is_judged(value: Any) -> bool:
    several = isinstance(value, list) and any(isinstance(item, File) for item in value)
    return value not in (None, "") and not several and not isinstance(value, File)
