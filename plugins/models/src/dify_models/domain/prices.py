"""What calls cost, in decimals, never in floats."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from dify_runtime_sdk.model_schemas import Pricing
from dify_runtime_sdk.model_uses import EmbeddingUsage
from dify_runtime_sdk.models import ModelUsage

_SMALLEST: Final = Decimal("0.0000001")
"""Prices are kept to seven places, as Dify's columns are."""


def priced(usage: ModelUsage, pricing: Pricing | None, *, latency: float, first: float | None) -> ModelUsage:
    """The usage with prices and times; `latency` and `first` (until the first piece) in seconds."""
    timed = replace(
        usage,
        total_tokens=usage.total_tokens or usage.prompt_tokens + usage.completion_tokens,
        latency=round(latency, 3),
        time_to_first_token=None if first is None else round(first, 3),
        time_to_generate=None if first is None else round(latency - first, 3),
    )
    if pricing is None:
        return timed
    prompt = price(usage.prompt_tokens, pricing.input, pricing.unit)
    completion = price(usage.completion_tokens, pricing.output, pricing.unit)
    return replace(
        timed,
        prompt_unit_price=pricing.input,
        prompt_price_unit=pricing.unit,
        prompt_price=prompt,
        completion_unit_price=pricing.output,
        completion_price_unit=pricing.unit,
        completion_price=completion,
        total_price=prompt + completion,
        currency=pricing.currency,
    )


def priced_embedding(tokens: int, pricing: Pricing | None, latency: float) -> EmbeddingUsage:
    """What embedding that many tokens cost."""
    if pricing is None:
        return EmbeddingUsage(tokens=tokens, total_tokens=tokens, latency=round(latency, 3))
    return EmbeddingUsage(
        tokens=tokens,
        total_tokens=tokens,
        unit_price=pricing.input,
        price_unit=pricing.unit,
        total_price=price(tokens, pricing.input, pricing.unit),
        currency=pricing.currency,
        latency=round(latency, 3),
    )


def price(tokens: int, unit_price: Decimal, unit: Decimal) -> Decimal:
    """The price of that many tokens."""
    return (tokens * unit_price * unit).quantize(_SMALLEST, ROUND_HALF_EVEN)
