"""What the nodes inside a container have used together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(slots=True)
class Usage:
    """What the nodes inside a container have used together."""

    total_tokens: int = 0
    total_price: Decimal = field(default_factory=Decimal)
    currency: str = ""

    def merge(self, metadata: Mapping[str, Any]) -> None:
        """Count what the metadata of a result says; prices that are no numbers are left out."""
        tokens = metadata.get("total_tokens")
        if isinstance(tokens, int):
            self.total_tokens += tokens
        try:
            self.total_price += Decimal(str(metadata.get("total_price") or 0))
        except InvalidOperation:
            return
        self.currency = self.currency or str(metadata.get("currency") or "")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not (self.total_tokens or self.total_price or self.currency)

    def metadata(self) -> dict[str, Any]:
        """The keys of a container's own metadata."""
        return {
            "total_tokens": self.total_tokens,
            "total_price": str(self.total_price),
            "currency": self.currency,
        }
