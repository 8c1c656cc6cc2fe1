"""Whole files."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from .app import AppInfo, AppMode, PipelineInfo
from .base import Section
from .dependency import Dependency
from .easy import ModelConfig
from .features import Features
from .form import PipelineVariable
from .graph import GraphMapping
from .variables import EnvironmentVariable, Variable


def _needs(section: str) -> JsonValue:
    """A clause of the schema: apps of some modes need the section."""
    modes: list[JsonValue] = [
        mode.value for mode in AppMode if mode is not AppMode.CHANNEL and mode.has_graph == (section == "workflow")
    ]
    mode: JsonValue = {"properties": {"app": {"properties": {"mode": {"enum": modes}}, "required": ["mode"]}}}
    return {"if": mode, "then": {"properties": {section: {"type": "object"}}, "required": [section]}}


class WorkflowSection(Section):
    """The section `workflow`."""

    graph: GraphMapping
    """Plain `{nodes, edges, viewport}`, for the engine."""
    features: Features = Features()
    environment_variables: list[EnvironmentVariable] = Field(default_factory=list)
    """Of the types string, number and secret; each has an id."""
    conversation_variables: list[Variable] = Field(default_factory=list)
    """Chatflows only."""
    rag_pipeline_variables: list[PipelineVariable] = Field(default_factory=list)
    """Pipelines only."""


class DslFile(Section):
    """What files of both kinds have in common."""

    version: str = "0.1.0"
    """Of the DSL, as a quoted text."""
    workflow: WorkflowSection | None = None
    dependencies: list[Dependency] = Field(default_factory=list)
    """Plugins that must be installed. Files up to 0.1.5 have none: they are found in the graph or `model_config`."""


class AppFile(DslFile):
    """A file of kind `app`."""

    model_config = ConfigDict(title="App", json_schema_extra={"allOf": [_needs("workflow"), _needs("model_config")]})

    kind: Annotated[Literal["app"], BeforeValidator(lambda _: "app")] = "app"
    """Anything but `rag_pipeline` is read as `app`."""
    app: AppInfo
    easy: ModelConfig | None = Field(default=None, alias="model_config")
    """Modes chat, agent-chat and completion; all others have `workflow`."""


class PipelineFile(DslFile):
    """A file of kind `rag_pipeline`."""

    model_config = ConfigDict(title="Pipeline")

    kind: Literal["rag_pipeline"]
    rag_pipeline: PipelineInfo
    workflow: WorkflowSection
