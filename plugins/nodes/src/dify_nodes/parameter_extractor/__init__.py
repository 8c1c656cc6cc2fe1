"""The node `parameter-extractor`: a model turns a text into values."""

from .node import ParameterExtractorNode

__all__ = ["ParameterExtractorNode"]
