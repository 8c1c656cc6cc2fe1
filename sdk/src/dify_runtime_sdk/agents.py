"""Agent strategies: loops of model and tools that an agent node runs."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import DifyRuntimeError
from .tools import ToolMessage


class AgentError(DifyRuntimeError):
    """A strategy could not be run or failed; names provider and strategy."""

    code = "agent_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyId:
    """A strategy as an app file names it."""

    provider: str
    name: str
    plugin_unique_identifier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyParameter:
    """A declared parameter; `type` may be `model-selector` or `array[tools]`, which the node completes."""

    name: str
    type: str = "string"
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySchema:
    """What is known of a strategy."""

    id: StrategyId
    parameters: tuple[StrategyParameter, ...] = ()
    icon: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyInvocation:
    """One run of a strategy; `parameters` are complete, as the strategy's declaration asks for them."""

    strategy: StrategyId
    parameters: Mapping[str, Any]
    tenant_id: str = ""
    user_id: str = ""
    app_id: str = ""
    conversation_id: str = ""
    message_id: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)


class AgentStrategies(Protocol):
    """Strategies of every provider."""

    async def schema(self, strategy: StrategyId, *, tenant_id: str = "") -> StrategySchema:
        """What is known of a strategy; raises `AgentError` when there is none, saying what to install."""
        ...

    def invoke(self, call: StrategyInvocation) -> AsyncIterator[ToolMessage]:
        """What the strategy says, as it comes; raises `AgentError`."""
        ...
