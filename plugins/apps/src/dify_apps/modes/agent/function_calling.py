"""The strategy of models that call tools by themselves."""

import json
from collections.abc import Sequence
from typing import Any

from dify_runtime_sdk.models import Message, ToolCall

from ..easy.calling import file_parts
from ..easy.prompts.texts import with_files
from ..easy.prompts.variables import filled
from .rounds import AgentRun, without_files
from .thoughts import Thought


async def call_functions(run: AgentRun) -> None:
    """Answer in rounds; each round's text is a part of the answer."""
    messages = _first(run)
    for number in range(1, run.rounds + 1):
        async with run.thinking() as thought:
            thought.prompt = messages if number == 1 else without_files(messages)
            run.answer.prompt = thought.prompt
            calls = await _ask(run, thought, last=number == run.rounds)
            run.answer.keep("\n")
            run.answer.output.emit(thought.event())
            if not calls or run.closed:
                return
            if number == run.rounds:
                raise run.over_limit()
            messages = [*messages, Message(role="assistant", content=thought.answer, tool_calls=calls)]
            for call in calls:
                observation = await run.observe(thought, call.name, call.arguments)
                messages.append(Message(role="tool", content=observation.text, tool_call_id=call.id))
            run.answer.output.emit(thought.event())


def _first(run: AgentRun) -> list[Message]:
    turn = run.turn
    system = filled(run.config.settings.pre_prompt, turn.inputs)
    parts = file_parts(turn.files, run.config, run.schema)
    question = Message(role="user", content=with_files(turn.query, parts))
    return [*([Message(role="system", content=system)] if system else []), *run.history, question]


async def _ask(run: AgentRun, thought: Thought, *, last: bool) -> Sequence[ToolCall]:
    """One call of the model; takes note of what it said and wants."""
    tools = [] if last else run.toolbox.functions
    request = await run.models.call(run.prepared.request, run.config, run.schema, thought.prompt, tools=tools)
    texts: list[str] = []
    calls: list[ToolCall] = []
    try:
        async with run.models.stream(request, run.answer) as chunks:
            async for chunk in chunks:
                run.answer.hear(chunk)
                calls.extend(chunk.tool_calls)
                texts.append(chunk.text)
                await run.say(chunk.text)
                if run.closed:
                    break
    finally:
        thought.thought = thought.answer = "".join(texts)
    thought.calls = [(call.name, _arguments(call)) for call in calls]
    return calls


def _arguments(call: ToolCall) -> Any:
    try:
        return json.loads(call.arguments) if call.arguments.strip() else {}
    except ValueError:
        return call.arguments
