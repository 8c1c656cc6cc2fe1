"""The section `model_config`: apps of the modes chat, agent-chat and completion."""

from typing import Any

from pydantic import Field

from .agent import AgentMode
from .base import Section, Switch
from .features import Features
from .form import FormField
from .prompts import ChatPrompt, CompletionPrompt, ModelChoice
from .retrieval import DatasetConfigs


class AnnotationEmbedding(Section):
    """The model that compares questions with annotations."""

    embedding_provider_name: str = ""
    embedding_model_name: str = ""


class AnnotationReply(Section):
    """Answers that people have written. Exported, though the settings of the app are what counts."""

    enabled: bool = False
    id: str = ""
    score_threshold: float | None = None
    embedding_model: AnnotationEmbedding = AnnotationEmbedding()


class ExternalDataTool(Section):
    """Something that fills an input variable before the prompt is made."""

    enabled: bool = False
    variable: str = ""
    type: str = ""
    """api, or one that a plugin brings."""
    config: dict[str, Any] = Field(default_factory=dict)


class ModelConfig(Features):
    """The section `model_config`: features, and what takes the place of a graph.

    Loading checks only kinds of values here; `check_model_config` holds the rules.
    """

    model: ModelChoice = ModelChoice()
    prompt_type: str = "simple"
    """simple or advanced."""
    pre_prompt: str = ""
    """The prompt of a simple app."""
    chat_prompt_config: ChatPrompt = ChatPrompt()
    completion_prompt_config: CompletionPrompt = CompletionPrompt()
    user_input_form: list[dict[str, FormField]] = Field(default_factory=list)
    """Each item has one key, the type of the field."""
    retriever_resource: Switch = Switch(enabled=True)
    annotation_reply: AnnotationReply = AnnotationReply()
    more_like_this: Switch = Switch()
    """Completion only."""
    external_data_tools: list[ExternalDataTool] = Field(default_factory=list)
    dataset_configs: DatasetConfigs = DatasetConfigs()
    dataset_query_variable: str = ""
    """The input that datasets are searched for; completion apps with datasets must name it."""
    agent_mode: AgentMode = AgentMode()
