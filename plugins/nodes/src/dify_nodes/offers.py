"""The offers of the built-in node types."""

from collections.abc import Sequence

from dify_runtime_sdk.workflow import NodeOffer

from .settings import NodesSettings


def node_offers(settings: NodesSettings) -> Sequence[NodeOffer]:
    """All of them; the node types that have limits get the settings."""
    limited = {"settings": settings}
    return (
        NodeOffer("start", "dify_nodes.start:StartNode"),
        NodeOffer("trigger-webhook", "dify_nodes.trigger_webhook:TriggerWebhookNode"),
        NodeOffer("trigger-schedule", "dify_nodes.trigger_schedule:TriggerScheduleNode"),
        NodeOffer("trigger-plugin", "dify_nodes.trigger_plugin:TriggerPluginNode"),
        NodeOffer("end", "dify_nodes.end:EndNode"),
        NodeOffer("answer", "dify_nodes.answer:AnswerNode"),
        NodeOffer("if-else", "dify_nodes.if_else:IfElseNode"),
        NodeOffer("human-input", "dify_nodes.human_input:HumanInputNode"),
        NodeOffer("code", "dify_nodes.code:CodeNode", arguments=limited),
        NodeOffer("template-transform", "dify_nodes.template_transform:TemplateTransformNode", arguments=limited),
        NodeOffer(
            "variable-aggregator",
            "dify_nodes.variable_aggregator:VariableAggregatorNode",
            aliases=("variable-assigner",),
        ),
        NodeOffer("assigner", "dify_nodes.assigner:AssignerNode"),
        NodeOffer("assigner", "dify_nodes.assigner_v2:AssignerV2Node", version="2"),
        NodeOffer("list-operator", "dify_nodes.list_operator:ListOperatorNode"),
        NodeOffer("document-extractor", "dify_nodes.document_extractor:DocumentExtractorNode"),
        NodeOffer("llm", "dify_nodes.llm:LlmNode"),
        NodeOffer("question-classifier", "dify_nodes.question_classifier:QuestionClassifierNode"),
        NodeOffer("parameter-extractor", "dify_nodes.parameter_extractor:ParameterExtractorNode"),
        NodeOffer("knowledge-retrieval", "dify_nodes.knowledge_retrieval:KnowledgeRetrievalNode"),
        NodeOffer("tool", "dify_nodes.tool:ToolNode"),
        NodeOffer("agent", "dify_nodes.agent:AgentNode"),
        NodeOffer("http-request", "dify_nodes.http_request:HttpRequestNode", arguments=limited),
    )
