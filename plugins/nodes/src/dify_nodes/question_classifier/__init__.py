"""The node `question-classifier`: a model chooses the branch."""

from .node import QuestionClassifierNode

__all__ = ["QuestionClassifierNode"]
