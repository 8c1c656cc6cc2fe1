"""Tools and strategy of agent apps."""

from typing import Any, Final

from pydantic import Field

from .base import Section

_MIN_KEYS: Final = 4


class AgentTool(Section):
    """A tool of an agent. Entries with fewer than four keys, such as old dataset entries, are no tools."""

    enabled: bool = True
    provider_type: str = ""
    """builtin, plugin, api, workflow or mcp."""
    provider_id: str = ""
    tool_name: str = ""
    tool_label: str = ""
    tool_parameters: dict[str, Any] = Field(default_factory=dict)
    """Fixed parameters; the model fills those that are blank."""
    credential_id: str | None = Field(default=None, repr=False)
    """Never in an export."""


class AgentPrompt(Section):
    """Prompts of the strategy `react`."""

    first_prompt: str = ""
    next_iteration: str = ""


class AgentMode(Section):
    """`agent_mode`."""

    enabled: bool = False
    strategy: str | None = None
    """function_call or react; router and react_router are old ways to choose among datasets."""
    max_iteration: int | None = None
    """Rounds of model and tools."""
    prompt: AgentPrompt = AgentPrompt()
    tools: list[AgentTool] = Field(default_factory=list)

    @property
    def usable_tools(self) -> list[AgentTool]:
        """The enabled tools; entries with fewer than four keys are none."""
        return [tool for tool in self.tools if tool.enabled and len(tool.model_fields_set) >= _MIN_KEYS]

    @property
    def is_agent(self) -> bool:
        """Whether a chat app of this configuration counts as an agent app."""
        return self.enabled and self.strategy in {"function_call", "react"}
