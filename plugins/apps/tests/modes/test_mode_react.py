"""Agents whose models write down what they want done."""

import json

import pytest

from dify_apps.tables.messages import MESSAGE_AGENT_THOUGHTS, MESSAGES
from dify_runtime_sdk.tools import TextMessage, ToolParameter, Tools, ToolSchema

AGENT = {
    "enabled": True,
    "strategy": "react",
    "max_iteration": 3,
    "tools": [
        {"enabled": True, "provider_type": "builtin", "provider_id": "w", "tool_name": "weather", "tool_parameters": {}}
    ],
}
CONFIG = {"pre_prompt": "Help {{who}}.", "opening_statement": ""}
LOOK = 'Thought: I look.\nAction: {"action": "weather", "action_input": {"city": "Oslo"}}'
ANSWER = 'Thought: I know.\nAction: {"action": "Final Answer", "action_input": "It is sunny."}'


class Weather:
    def __init__(self):
        self.calls = []

    async def schema(self, tool, *, tenant_id=""):
        return ToolSchema(id=tool, description="Weather", parameters=(ToolParameter(name="city", form="llm"),))

    async def invoke(self, call):
        self.calls.append(call)
        yield TextMessage(text="sunny")


@pytest.fixture(autouse=True)
def tools(offered):
    offered[Tools] = Weather()
    return offered[Tools]


@pytest.fixture
def app(run):
    return lambda **more: run.app("agent-chat", **CONFIG, **{"agent_mode": AGENT, **more})


async def test_an_action_is_carried_out_and_the_final_answer_saved(run, models, tools, app):
    models.script = [[LOOK[:20], LOOK[20:]], [ANSWER]]
    events = await run.events(await app(), "weather?")
    told = "".join(event["answer"] for event in events if event["event"] == "agent_message")
    assert told == "I look.\nI know.\nIt is sunny."
    assert dict(tools.calls[0].parameters) == {"city": "Oslo"}
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert message.answer == "It is sunny."
    rows = sorted(await run.rows(MESSAGE_AGENT_THOUGHTS, message_id=message.id), key=lambda row: row.position)
    assert [row.tool for row in rows] == ["weather", ""]
    assert json.loads(rows[0].tool_input) == {"weather": {"city": "Oslo"}}
    assert rows[1].answer == "It is sunny."


async def test_the_prompt_describes_the_tools_and_the_second_round_what_was_done(run, models, app):
    models.script = [[LOOK], [ANSWER]]
    await run.events(await app(), "weather?")
    first, second = models.calls
    system = first.messages[0].content
    assert system.startswith("Help Ann.")
    assert '"weather"' in system
    assert [message.role for message in first.messages] == ["system", "user"]
    assert first.stop == ("Observation",)
    assert [message.role for message in second.messages] == ["system", "user", "assistant", "user"]
    assert second.messages[2].content == (
        'Thought: I look.\nAction: {"action": "weather", "action_input": {"city": "Oslo"}}\nObservation: sunny\n'
    )
    assert second.messages[3].content == "continue"


async def test_text_without_an_action_is_the_answer(run, models, app):
    models.script = [["Just ", "so."]]
    events = await run.events(await app(), "weather?")
    assert (await run.row(MESSAGES, id=events[0]["message_id"])).answer == "Just so."
    assert len(models.calls) == 1


async def test_an_agent_that_never_answers_is_ended(run, models, app):
    models.script = [[LOOK]]
    events = await run.events(await app(), "weather?")
    assert len(models.calls) == 4
    assert events[-1]["event"] == "error"


async def test_a_prompt_of_the_author_is_used(run, models, app):
    prompt = {"first_prompt": "Do {{instruction}} with {{tool_names}}", "next_iteration": ""}
    models.script = [["ok"]]
    await run.events(await app(agent_mode={**AGENT, "prompt": prompt}), "weather?")
    assert models.prompt[0] == ("system", 'Do Help Ann. with "weather"')


async def test_a_completion_model_gets_one_text(run, models, app):
    model = {"provider": "acme", "name": "m", "mode": "completion", "completion_params": {}}
    agent = await app(model=model)
    models.script = [[LOOK], [ANSWER], ["Yes."]]
    first = await run.events(agent, "weather?")
    text = models.prompt[0][1]
    assert "Question: weather?\nThought: I look." in text
    assert text.endswith("Thought:")
    await run.events(agent, "sure?", conversation_id=first[0]["conversation_id"])
    assert "Human: weather?\nAssistant: It is sunny.\nQuestion: sure?" in models.prompt[0][1]
