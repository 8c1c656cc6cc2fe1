"""The node types that call out: models, tools, knowledge, HTTP."""

from collections.abc import Sequence
from functools import partial

from dify_runtime_sdk.workflow import NodeOffer

from .agent import AgentNode
from .http_request import HttpLimits, HttpRequestNode
from .knowledge_retrieval import KnowledgeRetrievalNode
from .llm import LlmNode
from .parameter_extractor import ParameterExtractorNode
from .question_classifier import QuestionClassifierNode
from .settings import NodesSettings
from .tool import ToolNode


def offers(settings: NodesSettings) -> Sequence[NodeOffer]:
    """The offers of these node types, with the limits of the settings."""
    limits = HttpLimits.of(settings)
    return (
        NodeOffer(LlmNode),
        NodeOffer(QuestionClassifierNode),
        NodeOffer(ParameterExtractorNode),
        NodeOffer(KnowledgeRetrievalNode),
        NodeOffer(ToolNode),
        NodeOffer(AgentNode),
        NodeOffer(HttpRequestNode, partial(HttpRequestNode, limits=limits)),
    )
