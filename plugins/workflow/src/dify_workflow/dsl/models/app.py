"""The first section: what the app or pipeline is called and looks like."""

from enum import StrEnum

from .base import Section


class AppMode(StrEnum):
    """What kind of app a file holds, and with it which section configures it."""

    COMPLETION = "completion"
    CHAT = "chat"
    AGENT_CHAT = "agent-chat"
    ADVANCED_CHAT = "advanced-chat"
    WORKFLOW = "workflow"
    RAG_PIPELINE = "rag-pipeline"
    CHANNEL = "channel"

    @property
    def has_graph(self) -> bool:
        """Whether a workflow, and not a `model_config`, configures the app."""
        return self in {AppMode.ADVANCED_CHAT, AppMode.WORKFLOW, AppMode.RAG_PIPELINE}


class AppInfo(Section):
    """The section `app`."""

    mode: AppMode
    """Never changes, also when a file is imported over an app."""
    name: str = ""
    """May be replaced by an argument of the import."""
    icon: str = ""
    """An emoji; for image icons the id of a file."""
    icon_type: str = "emoji"
    """emoji, image or link. Exports leave it out."""
    icon_background: str = "#FFFFFF"
    """Colour behind the icon."""
    description: str = ""
    """For people who look for an app."""
    use_icon_as_answer_icon: bool = False
    """Whether the icon stands beside answers in the web app."""


class PipelineInfo(Section):
    """The section `rag_pipeline`, in place of `app` in files of kind `rag_pipeline`."""

    name: str = ""
    """Name of the pipeline and of the dataset it makes."""
    icon: str = ""
    """An emoji; for image icons the id of a file."""
    icon_type: str = "emoji"
    """emoji or image."""
    icon_background: str = "#FFFFFF"
    """Colour behind the icon."""
    icon_url: str = ""
    """Address of the icon, or the icon itself as a `data:` URL."""
    description: str = ""
    """For people who look for a pipeline."""

    @property
    def mode(self) -> AppMode:
        """Always `rag-pipeline`: these files have no field for it."""
        return AppMode.RAG_PIPELINE
