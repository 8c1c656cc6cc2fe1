"""Reading Thought / Action, however the stream is cut."""

import pytest

from dify_apps.modes.agent.react_parser import Action, ReactParser
from dify_apps.modes.agent.react_prompts import filled_in

WEATHER = '{"action": "weather", "action_input": {"city": "Oslo"}}'


def read(text, size):
    parser, found = ReactParser(), []
    for at in range(0, len(text), size):
        found += parser.feed(text[at : at + size])
    found += parser.finish()
    texts = "".join(piece for piece in found if isinstance(piece, str))
    return texts.strip(), [piece for piece in found if isinstance(piece, Action)]


CASES = {
    "bare": (f"Thought: I look.\nAction: {WEATHER}", "I look.", [Action("weather", {"city": "Oslo"})]),
    "fenced": (f"Thought: I look.\nAction:\n```json\n{WEATHER}\n```", "I look.", [Action("weather", {"city": "Oslo"})]),
    "final": ('Action: {"action": "Final Answer", "action_input": "Blue {or} `so`"}', "",
              [Action("Final Answer", "Blue {or} `so`")]),
    "plain": ("The sky is blue.\nReally.", "The sky is blue.\nReally.", []),
    "json that is no action": ('It is {"sky": "blue"} today', 'It is {"sky": "blue"} today', []),
    "code that is no action": ("See ```python\nx = {}\n``` there", "See ```python\nx = {}\n``` there", []),
    "never closed": ('So {"action": "weather', 'So {"action": "weather', []),
    "a label inside a line": ("The action: run", "The action: run", []),
    "quotes and escapes": ('{"action": "say", "action_input": "a \\"}\\" b"}', "", [Action("say", 'a "}" b')]),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("case", CASES)
def test_texts_and_actions_are_told_apart(case, size):
    text, texts, actions = CASES[case]
    assert read(text, size) == (texts, actions)


def test_text_is_told_as_it_comes():
    parser = ReactParser()
    assert parser.feed("The sky") == ["The sky"]
    assert parser.feed(" is `") == [" is "]
    assert parser.feed("blue`\nAct") == ["`blue`\n"]
    assert parser.feed("ually") == ["Actually"]


def test_values_bring_in_no_placeholders():
    assert filled_in("{{a}} {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} x"
