"""Scripted tools."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from dify_runtime_sdk.tools import (
    JsonMessage,
    TextMessage,
    ToolId,
    ToolInvocation,
    ToolMessage,
    ToolNotFoundError,
    ToolParameter,
    ToolSchema,
)

from .script import scripts


class ScriptedTools:
    """Satisfies `Tools` with answers by the name of the tool.

    An answer is a text, a JSON object, a tuple of messages, an exception, or a function of the call that gives one; a
    list holds one answer per call, and its last one answers all that follow. `calls` holds what was asked.
    """

    def __init__(self, answers: Mapping[str, Any], *, parameters: Mapping[str, Iterable[ToolParameter]] = {}) -> None:
        """`parameters` are what tools declare, by their names."""
        self._scripts = scripts(answers)
        self._parameters = {name: tuple(declared) for name, declared in parameters.items()}
        self.calls: list[ToolInvocation] = []

    async def schema(self, tool: ToolId, *, tenant_id: str = "") -> ToolSchema:
        """See `Tools.schema`."""
        self._known(tool)
        return ToolSchema(id=tool, parameters=self._parameters.get(tool.name, ()))

    async def invoke(self, call: ToolInvocation) -> AsyncIterator[ToolMessage]:
        """See `Tools.invoke`."""
        self._known(call.tool)
        self.calls.append(call)
        for message in messages(self._scripts[call.tool.name].next(call)):
            yield message

    def _known(self, tool: ToolId) -> None:
        if tool.name not in self._scripts:
            known = ", ".join(sorted(self._scripts)) or "none"
            raise ToolNotFoundError(f"the test has no answer of the tool {tool.name!r}", hint=f"it has: {known}")


def messages(answer: Any) -> Iterable[Any]:
    """An answer as the messages of a tool; an exception among them is raised where it stands."""
    if isinstance(answer, str):
        answer = (TextMessage(text=answer),)
    elif isinstance(answer, dict):
        answer = (JsonMessage(value=answer),)
    for message in answer:
        if isinstance(message, Exception):
            raise message
        yield message
