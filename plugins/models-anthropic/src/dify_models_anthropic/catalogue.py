"""The provider's form, and the models that Anthropic lists; prices in dollars per million tokens."""

from typing import Final

from dify_runtime_sdk.model_schemas import (
    CredentialField,
    ModelSchema,
    ParameterRule,
    Pricing,
    ProviderDescription,
)
from dify_runtime_sdk.models import ModelFeature

FEATURES: Final = frozenset(
    (
        ModelFeature.AGENT_THOUGHT,
        ModelFeature.VISION,
        ModelFeature.DOCUMENT,
        ModelFeature.TOOL_CALL,
        ModelFeature.MULTI_TOOL_CALL,
        ModelFeature.STREAM_TOOL_CALL,
    )
)
CONTEXT: Final = 200_000
"""Tokens that every current model reads."""


def rules(longest: int) -> tuple[ParameterRule, ...]:
    """The rules of a model whose answers have at most `longest` tokens; the API needs `max_tokens`."""
    return (
        ParameterRule.of("max_tokens", required=True, default=min(4096, longest), max=longest, precision=None),
        ParameterRule.of("temperature", default=1.0),
        ParameterRule.of("top_p", default=None, min=0.0),
        ParameterRule.of("top_k", default=None, max=500),
        ParameterRule(name="thinking", type="boolean", label="Thinking", default=False),
        ParameterRule(name="thinking_budget", type="int", label="Thinking budget", default=1024, min=1024, max=longest),
    )


def _model(name: str, longest: int, price: tuple[str, str]) -> ModelSchema:
    return ModelSchema(
        name=name,
        features=FEATURES,
        context_size=CONTEXT,
        parameter_rules=rules(longest),
        pricing=Pricing.per_million(*price),
    )


_FORM: Final = (
    CredentialField(variable="anthropic_api_key", label="API Key", type="secret-input", required=True),
    CredentialField(variable="anthropic_api_url", label="API URL", placeholder="https://api.anthropic.com"),
)

DESCRIPTION: Final = ProviderDescription(
    name="langgenius/anthropic/anthropic",
    label="Anthropic",
    description="Models of Anthropic",
    provider_credentials=_FORM,
    model_credentials=_FORM,
    models=(
        _model("claude-sonnet-4-5", 64_000, ("3.00", "15.00")),
        _model("claude-haiku-4-5", 64_000, ("1.00", "5.00")),
        _model("claude-opus-4-5", 64_000, ("5.00", "25.00")),
        _model("claude-opus-4-1", 32_000, ("15.00", "75.00")),
        _model("claude-sonnet-4-20250514", 64_000, ("3.00", "15.00")),
        _model("claude-opus-4-20250514", 32_000, ("15.00", "75.00")),
        _model("claude-3-7-sonnet-20250219", 64_000, ("3.00", "15.00")),
        _model("claude-3-5-sonnet-20241022", 8_192, ("3.00", "15.00")),
        _model("claude-3-5-haiku-20241022", 8_192, ("0.80", "4.00")),
        _model("claude-3-haiku-20240307", 4_096, ("0.25", "1.25")),
    ),
)
