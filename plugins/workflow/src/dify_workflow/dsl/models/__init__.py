"""Typed, read-only views of the sections of an app file."""

from .agent import AgentMode, AgentTool
from .app import AppInfo, AppMode, PipelineInfo
from .base import Section, Switch
from .dependency import Dependency, DependencyValue
from .easy import AnnotationReply, ExternalDataTool, ModelConfig
from .features import Features, FileUpload, ImageUpload, TextToSpeech
from .files import AppFile, DslFile, PipelineFile, WorkflowSection
from .form import FormField, FormType, FormVariable, PipelineVariable
from .graph import NOTE, Edge, Graph, Node, NodeData
from .moderation import Moderation, ModerationConfig, ModerationSide
from .prompts import ChatPrompt, CompletionPrompt, ModelChoice, PromptMessage
from .retrieval import DatasetConfigs, RerankingModel
from .variables import EnvironmentVariable, ValueType, Variable

__all__ = [
    "NOTE",
    "AgentMode",
    "AgentTool",
    "AnnotationReply",
    "AppFile",
    "AppInfo",
    "AppMode",
    "ChatPrompt",
    "CompletionPrompt",
    "DatasetConfigs",
    "Dependency",
    "DependencyValue",
    "DslFile",
    "Edge",
    "EnvironmentVariable",
    "ExternalDataTool",
    "Features",
    "FileUpload",
    "FormField",
    "FormType",
    "FormVariable",
    "Graph",
    "ImageUpload",
    "ModelChoice",
    "ModelConfig",
    "Moderation",
    "ModerationConfig",
    "ModerationSide",
    "Node",
    "NodeData",
    "PipelineFile",
    "PipelineInfo",
    "PipelineVariable",
    "PromptMessage",
    "RerankingModel",
    "Section",
    "Switch",
    "TextToSpeech",
    "ValueType",
    "Variable",
    "WorkflowSection",
]
