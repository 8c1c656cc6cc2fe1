"""The strategy of models that write down what they want done: Thought, Action, Observation."""

from collections.abc import Sequence
from typing import Final

from dify_runtime_sdk.models import Message

from ..easy.calling import file_parts, mode_of
from ..easy.prompts.texts import transcript, with_files
from ..easy.prompts.variables import filled
from .react_parser import Action, ReactParser
from .react_prompts import CHAT, COMPLETION, filled_in, tool_values
from .rounds import AgentRun, without_files
from .thoughts import Thought

_STOP: Final = "Observation"
_WITHOUT_STOP: Final = "wenxin"
"""The provider whose models take no stop words."""


async def reason_and_act(run: AgentRun) -> None:
    """Answer in rounds; the final answer is what is saved."""
    scratchpad = ""
    for number in range(1, run.rounds + 1):
        async with run.thinking() as thought:
            offered = number < run.rounds
            messages = _prompt(run, scratchpad, offered=offered)
            thought.prompt = messages if number == 1 else without_files(messages)
            run.answer.prompt = thought.prompt
            action = await _ask(run, thought)
            if action is None or action.is_final or run.closed:
                await _end(run, thought, action)
                return
            if not offered:
                raise run.over_limit()
            thought.calls = [(action.name, action.input)]
            run.answer.output.emit(thought.event())
            observation = await run.observe(thought, action.name, action.input)
            run.answer.output.emit(thought.event())
            scratchpad += f"Thought: {thought.thought.strip()}\nAction: {action.to_json()}\n"
            scratchpad += f"Observation: {observation.text}\n"


async def _ask(run: AgentRun, thought: Thought) -> Action | None:
    """One call of the model: texts are told as they come, up to the first action."""
    stop = () if run.config.model.provider.rpartition("/")[2] == _WITHOUT_STOP else (_STOP,)
    request = await run.models.call(run.prepared.request, run.config, run.schema, thought.prompt, stop=stop)
    parser = ReactParser()
    async with run.models.stream(request, run.answer) as chunks:
        action: Action | None = None
        async for chunk in chunks:
            run.answer.hear(chunk)
            if action is None and chunk.text:
                action = await _tell(run, thought, parser.feed(chunk.text))
            if run.closed:
                return action
    return action or await _tell(run, thought, parser.finish())


async def _tell(run: AgentRun, thought: Thought, found: Sequence[str | Action]) -> Action | None:
    """Tell the texts before the first action, and give that."""
    for piece in found:
        if isinstance(piece, Action):
            return piece
        thought.thought += piece
        await run.say(piece)
    return None


async def _end(run: AgentRun, thought: Thought, action: Action | None) -> None:
    """The last round: its action holds the answer, or the text is the answer."""
    thought.answer = thought.thought.strip()
    if action is not None and not run.closed:
        thought.answer = action.input if isinstance(action.input, str) else action.to_json()
        await run.say(thought.answer)
    if not run.closed:
        run.answer.settle(thought.answer)
    run.answer.output.emit(thought.event())


def _prompt(run: AgentRun, scratchpad: str, *, offered: bool) -> list[Message]:
    turn = run.turn
    own = run.config.settings.agent_mode.prompt
    values = {
        "instruction": filled(run.config.settings.pre_prompt, turn.inputs),
        **tool_values(run.toolbox.functions if offered else []),
    }
    parts = file_parts(turn.files, run.config, run.schema)
    if mode_of(run.config, run.schema) == "completion":
        values |= {
            "historic_messages": transcript(run.history),
            "agent_scratchpad": scratchpad,
            "query": turn.query,
        }
        text = filled_in(own.first_prompt or COMPLETION, values)
        return [Message(role="user", content=with_files(text, parts))]
    system = Message(role="system", content=filled_in(own.first_prompt or CHAT, values))
    messages = [system, *run.history, Message(role="user", content=with_files(turn.query, parts))]
    if scratchpad:
        messages += [Message(role="assistant", content=scratchpad), Message(role="user", content="continue")]
    return messages
