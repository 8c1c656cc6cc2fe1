"""An app file in memory."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .models import (
    AppFile,
    AppInfo,
    AppMode,
    Dependency,
    Features,
    ModelConfig,
    PipelineFile,
    PipelineInfo,
    Variable,
    WorkflowSection,
)
from .versions import ImportStatus


@dataclass(frozen=True)
class Document:
    """An app file: typed views of what is known, and `raw`, which holds everything as it was written.

    `raw` is the truth: `dump` starts from it, so that unknown fields and node types survive. The views are read-only;
    to change a document, make a new one from changed values with `from_mapping`.
    """

    raw: dict[str, Any] = field(repr=False)
    file: AppFile | PipelineFile = field(repr=False)
    status: ImportStatus = ImportStatus.COMPLETED
    warnings: tuple[str, ...] = ()
    source: str | None = field(default=None, repr=False, compare=False)
    """The text it was read from: `check` looks up lines there."""

    @property
    def version(self) -> str:
        """The declared version; `0.1.0` where none is declared."""
        return self.file.version

    @property
    def kind(self) -> str:
        """`app` or `rag_pipeline`."""
        return self.file.kind

    @property
    def app(self) -> AppInfo | PipelineInfo:
        """The section `app`, or `rag_pipeline` of a pipeline."""
        return self.file.rag_pipeline if isinstance(self.file, PipelineFile) else self.file.app

    @property
    def mode(self) -> AppMode:
        """What kind of app this is."""
        return self.app.mode

    @property
    def workflow(self) -> WorkflowSection | None:
        """The section `workflow`; always there where `mode.has_graph`."""
        return self.file.workflow

    @property
    def model_config(self) -> ModelConfig | None:
        """The section `model_config`; always there in the modes chat, agent-chat and completion."""
        return self.file.easy if isinstance(self.file, AppFile) else None

    @property
    def dependencies(self) -> list[Dependency]:
        """The declared dependencies."""
        return self.file.dependencies

    @property
    def graph(self) -> dict[str, Any]:
        """Nodes, edges and viewport as plain values; empty without a workflow."""
        return self.workflow.graph if self.workflow is not None else {}

    @property
    def features(self) -> Features:
        """Features of the workflow, or of the `model_config`, which is a kind of `Features`."""
        return self.workflow.features if self.workflow is not None else self.model_config or Features()

    @cached_property
    def environment_variables(self) -> dict[str, Variable]:
        """Environment variables by name; of two with one name the later counts."""
        return {item.name: item for item in self.workflow.environment_variables} if self.workflow else {}

    @cached_property
    def conversation_variables(self) -> dict[str, Variable]:
        """Conversation variables by name; of two with one name the later counts."""
        return {item.name: item for item in self.workflow.conversation_variables} if self.workflow else {}
