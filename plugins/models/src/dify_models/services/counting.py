"""Token counts without the vendor."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from dify_runtime_sdk import PluginError
from dify_runtime_sdk.models import Message

from ..domain.tokens import estimate, overhead, texts_of

_LONG = 20_000
"""Characters above which even an estimate leaves the event loop."""


class TokenCounter:
    """Counts the tokens of prompts and texts, off the event loop where it takes long."""

    def __init__(self, method: Literal["estimate", "bpe"]) -> None:
        self._method = method
        self._lock = asyncio.Lock()
        self._tables: Any = None

    async def messages(self, messages: Sequence[Message]) -> int:
        """Tokens of a prompt."""
        return await self.texts(texts_of(messages)) + overhead(messages)

    async def texts(self, texts: Sequence[str]) -> int:
        """Tokens of all texts together."""
        if self._method == "estimate":
            if sum(map(len, texts)) < _LONG:
                return sum(map(estimate, texts))
            return await asyncio.to_thread(lambda: sum(map(estimate, texts)))
        tables = await self._load()
        return await asyncio.to_thread(lambda: sum(len(tables.encode_ordinary(text)) for text in texts))

    async def _load(self) -> Any:
        async with self._lock:
            if self._tables is None:
                self._tables = await asyncio.to_thread(_tables)
        return self._tables


def _tables() -> Any:
    try:
        # reading the tables takes 0.4 s and 120 MB: only whoever asks for exact counts pays
        import bpe_openai  # type: ignore[import-untyped]  # it has no types
    except ImportError as error:
        message = "MODEL_TOKEN_COUNTING is `bpe`, and its library is not installed"
        raise PluginError(message, hint="install dify-runtime-models[tokens]") from error
    return bpe_openai.get_encoding("o200k_base")
