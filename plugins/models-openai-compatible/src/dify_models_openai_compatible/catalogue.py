"""Models that vendors list: sizes, features, prices in dollars per million tokens."""

from typing import Final

from dify_runtime_sdk.model_schemas import ModelSchema, ParameterRule, Pricing
from dify_runtime_sdk.model_uses import Voice
from dify_runtime_sdk.models import ModelFeature, ModelType

TOOLS: Final = frozenset(
    (
        ModelFeature.TOOL_CALL,
        ModelFeature.MULTI_TOOL_CALL,
        ModelFeature.STREAM_TOOL_CALL,
        ModelFeature.AGENT_THOUGHT,
    )
)
SEEING: Final = TOOLS | {ModelFeature.VISION, ModelFeature.STRUCTURED_OUTPUT}
_READING: Final = SEEING | {ModelFeature.DOCUMENT}
_NOTHING: Final[frozenset[ModelFeature]] = frozenset()


def common_rules(longest: int, *, default: int = 512) -> tuple[ParameterRule, ...]:
    """The rules of chat models; `longest` answer in tokens."""
    return (
        ParameterRule.of("temperature", default=1.0, max=2.0),
        ParameterRule.of("top_p"),
        ParameterRule.of("presence_penalty", min=-2.0, max=2.0),
        ParameterRule.of("frequency_penalty", min=-2.0, max=2.0),
        ParameterRule.of("max_tokens", default=min(default, longest), max=longest, precision=None),
        ParameterRule(name="seed", type="int", label="seed"),
        ParameterRule.of("response_format", options=("text", "json_object", "json_schema")),
        ParameterRule.of("json_schema"),
    )


def _reasoning_rules(longest: int) -> tuple[ParameterRule, ...]:
    effort = ParameterRule(
        name="reasoning_effort", type="string", label="reasoning_effort", options=("minimal", "low", "medium", "high")
    )
    kept = ("max_tokens", "seed", "response_format", "json_schema")
    return (*(rule for rule in common_rules(longest, default=4096) if rule.name in kept), effort)


def _chat(
    name: str, context: int, longest: int, price: tuple[str, str], features: frozenset[ModelFeature] = SEEING
) -> ModelSchema:
    return ModelSchema(
        name=name,
        features=features,
        context_size=context,
        parameter_rules=common_rules(longest),
        pricing=Pricing.per_million(*price),
    )


def _reasoning(
    name: str, context: int, longest: int, price: tuple[str, str], features: frozenset[ModelFeature] = SEEING
) -> ModelSchema:
    return ModelSchema(
        name=name,
        features=features,
        context_size=context,
        parameter_rules=_reasoning_rules(longest),
        pricing=Pricing.per_million(*price),
        properties={"reasoning": True},
    )


def _embedding(name: str, price: str) -> ModelSchema:
    return ModelSchema(
        name=name,
        type=ModelType.TEXT_EMBEDDING,
        context_size=8191,
        batch=256,
        pricing=Pricing.per_million(price),
    )


def _moderation(name: str) -> ModelSchema:
    return ModelSchema(name=name, type=ModelType.MODERATION)


def _speech(name: str) -> ModelSchema:
    return ModelSchema(name=name, type=ModelType.TTS, voices=VOICES, default_voice="alloy")


def _transcription(name: str) -> ModelSchema:
    return ModelSchema(name=name, type=ModelType.SPEECH_TO_TEXT)


_VOICES: Final = ("alloy", "ash", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer")
VOICES: Final = tuple(Voice(name.capitalize(), name) for name in _VOICES)

OPENAI: Final = (
    _chat("gpt-4o-mini", 128_000, 16_384, ("0.15", "0.60"), _READING),
    _chat("gpt-4o", 128_000, 16_384, ("2.50", "10.00"), _READING),
    _chat("gpt-4.1", 1_047_576, 32_768, ("2.00", "8.00"), _READING),
    _chat("gpt-4.1-mini", 1_047_576, 32_768, ("0.40", "1.60"), _READING),
    _chat("gpt-4.1-nano", 1_047_576, 32_768, ("0.10", "0.40"), _READING),
    _reasoning("gpt-5", 400_000, 128_000, ("1.25", "10.00"), _READING),
    _reasoning("gpt-5-mini", 400_000, 128_000, ("0.25", "2.00"), _READING),
    _reasoning("gpt-5-nano", 400_000, 128_000, ("0.05", "0.40"), _READING),
    _reasoning("o1", 200_000, 100_000, ("15.00", "60.00")),
    _reasoning("o3", 200_000, 100_000, ("2.00", "8.00")),
    _reasoning("o3-mini", 200_000, 100_000, ("1.10", "4.40"), TOOLS | {ModelFeature.STRUCTURED_OUTPUT}),
    _reasoning("o4-mini", 200_000, 100_000, ("1.10", "4.40")),
    _chat("gpt-4-turbo", 128_000, 4_096, ("10.00", "30.00"), TOOLS | {ModelFeature.VISION}),
    _chat("gpt-4", 8_192, 8_192, ("30.00", "60.00"), TOOLS),
    _chat("gpt-3.5-turbo", 16_385, 4_096, ("0.50", "1.50"), TOOLS),
    ModelSchema(
        name="gpt-3.5-turbo-instruct",
        mode="completion",
        context_size=4_096,
        parameter_rules=common_rules(4_096),
        pricing=Pricing.per_million("1.50", "2.00"),
    ),
    _embedding("text-embedding-3-small", "0.02"),
    _embedding("text-embedding-3-large", "0.13"),
    _embedding("text-embedding-ada-002", "0.10"),
    _moderation("omni-moderation-latest"),
    _moderation("text-moderation-stable"),
    _moderation("text-moderation-latest"),
    _speech("tts-1"),
    _speech("tts-1-hd"),
    _speech("gpt-4o-mini-tts"),
    _transcription("whisper-1"),
    _transcription("gpt-4o-transcribe"),
    _transcription("gpt-4o-mini-transcribe"),
)

DEEPSEEK: Final = (
    _chat("deepseek-chat", 128_000, 8_192, ("0.28", "0.42"), TOOLS),
    _chat("deepseek-reasoner", 128_000, 65_536, ("0.28", "0.42"), _NOTHING),
)
