"""The node `llm`: one call of a language model, streamed."""

from .node import LlmNode

__all__ = ["LlmNode"]
