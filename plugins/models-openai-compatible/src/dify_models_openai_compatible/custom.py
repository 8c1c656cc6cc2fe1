"""What credentials say of a model that no list has."""

from collections.abc import Mapping

from dify_runtime_sdk.model_schemas import ModelSchema
from dify_runtime_sdk.models import ModelFeature, ModelType

from .catalogue import SEEING, TOOLS, VOICES, common_rules
from .presets import Preset

_YES = ("supported", "support", "true", "function_call", "tool_call")
_LONGEST = 1_000_000
"""Tokens of an answer where nobody says: what the server allows is the server's say."""


def custom_schema(preset: Preset, model_type: ModelType, model: str, given: Mapping[str, str]) -> ModelSchema:
    """The schema of a model of that name."""
    base = preset.description.model(given.get("base_model_name", ""), model_type)
    size = _number(given.get("context_size"))
    if model_type is not ModelType.LLM:
        return ModelSchema(
            name=model,
            type=model_type,
            context_size=size,
            batch=_number(given.get("max_chunks")),
            voices=VOICES if model_type is ModelType.TTS else (),
            default_voice=VOICES[0].value if model_type is ModelType.TTS else "",
            pricing=base.pricing if base else None,
            customizable=True,
        )
    longest = _number(given.get("max_tokens_to_sample") or given.get("max_tokens"))
    return ModelSchema(
        name=model,
        features=_features(preset, given),
        mode="completion" if given.get("mode") == "completion" else "chat",
        context_size=size,
        parameter_rules=common_rules(longest or size or _LONGEST),
        customizable=True,
    )


def _features(preset: Preset, given: Mapping[str, str]) -> frozenset[ModelFeature]:
    if "mode" not in given and not any(name.endswith("_support") for name in given):
        return SEEING if preset.azure else TOOLS
    found: set[ModelFeature] = set()
    if given.get("function_calling_type") in _YES or given.get("function_call_support") in _YES:
        found |= TOOLS
    if given.get("stream_function_calling", "supported") not in _YES:
        found.discard(ModelFeature.STREAM_TOOL_CALL)
    if given.get("vision_support") in _YES:
        found.add(ModelFeature.VISION)
    if given.get("structured_output_support") in _YES:
        found.add(ModelFeature.STRUCTURED_OUTPUT)
    return frozenset(found)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and int(text) > 0 else None
