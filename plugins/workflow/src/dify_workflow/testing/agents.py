"""Scripted agent strategies."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from dify_runtime_sdk.agents import AgentError, StrategyId, StrategyInvocation, StrategyParameter, StrategySchema
from dify_runtime_sdk.tools import ToolMessage

from .script import scripts
from .tools import messages


class ScriptedAgents:
    """Satisfies `AgentStrategies` with answers by the name of the strategy, in the form of those of `ScriptedTools`."""

    def __init__(
        self, answers: Mapping[str, Any], *, parameters: Mapping[str, Iterable[StrategyParameter]] = {}
    ) -> None:
        """`parameters` are what strategies declare, by their names."""
        self._scripts = scripts(answers)
        self._parameters = {name: tuple(declared) for name, declared in parameters.items()}
        self.calls: list[StrategyInvocation] = []

    async def schema(self, strategy: StrategyId, *, tenant_id: str = "") -> StrategySchema:
        """See `AgentStrategies.schema`."""
        self._known(strategy)
        return StrategySchema(id=strategy, parameters=self._parameters.get(strategy.name, ()))

    async def invoke(self, call: StrategyInvocation) -> AsyncIterator[ToolMessage]:
        """See `AgentStrategies.invoke`."""
        self._known(call.strategy)
        self.calls.append(call)
        for message in messages(self._scripts[call.strategy.name].next(call)):
            yield message

    def _known(self, strategy: StrategyId) -> None:
        if strategy.name not in self._scripts:
            known = ", ".join(sorted(self._scripts)) or "none"
            raise AgentError(f"the test has no answer of the strategy {strategy.name!r}", hint=f"it has: {known}")
