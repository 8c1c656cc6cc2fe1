"""The node types that work on the variables of a run."""

from collections.abc import Sequence
from functools import partial

from dify_runtime_sdk.workflow import NodeOffer

from .answer import AnswerNode
from .assigner import AssignerNode
from .assigner_v2 import AssignerV2Node
from .code import CodeLimits, CodeNode
from .document_extractor import DocumentExtractorNode
from .end import EndNode
from .human_input import HumanInputNode
from .if_else import IfElseNode
from .list_operator import ListOperatorNode
from .settings import NodesSettings
from .start import StartNode
from .template_transform import TemplateTransformNode
from .trigger_plugin import TriggerPluginNode
from .trigger_schedule import TriggerScheduleNode
from .trigger_webhook import TriggerWebhookNode
from .variable_aggregator import VariableAggregatorNode


def offers(settings: NodesSettings) -> Sequence[NodeOffer]:
    """The offers of these node types, with the limits of the settings."""
    limits = CodeLimits.of(settings)
    max_length = settings.TEMPLATE_TRANSFORM_MAX_LENGTH
    return (
        NodeOffer(StartNode),
        NodeOffer(TriggerWebhookNode),
        NodeOffer(TriggerScheduleNode),
        NodeOffer(TriggerPluginNode),
        NodeOffer(EndNode),
        NodeOffer(AnswerNode),
        NodeOffer(IfElseNode),
        NodeOffer(HumanInputNode),
        NodeOffer(CodeNode, partial(CodeNode, limits=limits)),
        NodeOffer(TemplateTransformNode, partial(TemplateTransformNode, max_length=max_length)),
        NodeOffer(VariableAggregatorNode),
        NodeOffer(AssignerNode),
        NodeOffer(AssignerV2Node),
        NodeOffer(ListOperatorNode),
        NodeOffer(DocumentExtractorNode),
    )
