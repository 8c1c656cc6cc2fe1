"""Prompts: simple and advanced, for chat and completion models."""

import pytest

from dify_apps.modes.easy.config import parse
from dify_apps.modes.easy.prompts import PromptParts, build, shown_prompt
from dify_apps.modes.easy.prompts.variables import filled
from dify_runtime_sdk.models import FilePart, Message
from dify_runtime_sdk.workflow import File, FileType, TransferMethod

PICTURE = FilePart(
    file=File(type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL, remote_url="http://example.com/a.png")
)
HISTORY = (Message(role="user", content="one"), Message(role="assistant", content="two"))


def shown(messages):
    return [(message.role, message.content) for message in messages]


def of(mode="chat", parts=None, **config):
    return build(parse({"model": {"provider": "p", "name": "n"}, **config}), mode, parts or PromptParts())


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{who}}", "Hi Ann"),
        ("Hi {{ who }}", "Hi {{ who }}"),
        ("{{unknown}}", "{{unknown}}"),
        ("{{1st}}", "{{1st}}"),
        ("{{count}} {{none}}.", "3 ."),
        ("{{sly}}", "{who}"),
        ("a<|im_start|>b", "ab"),
        ("{{#query#}}", "why"),
    ],
)
def test_variables_are_filled_in(template, text):
    values = {"who": "Ann", "count": 3, "none": None, "sly": "{{who}}", "#query#": "why"}
    assert filled(template, values) == text


def test_a_chat_prompt_has_text_history_and_question():
    prompt = of(parts=PromptParts(query="three", history=HISTORY), pre_prompt="Help.")
    assert shown(prompt.messages) == [("system", "Help."), ("user", "one"), ("assistant", "two"), ("user", "three")]
    assert prompt.stop == ()


def test_without_a_text_there_is_no_system_message():
    assert shown(of(parts=PromptParts(query="why")).messages) == [("user", "why")]


def test_passages_stand_before_the_text():
    system = of(parts=PromptParts(query="why", context="The sky is blue."), pre_prompt="Help.").messages[0].content
    assert "<context>\nThe sky is blue.\n</context>" in system
    assert system.endswith("\n\nHelp.")


def test_passages_stand_where_the_author_puts_them():
    parts = PromptParts(query="why", context="The sky is blue.")
    assert of(parts=parts, pre_prompt="Know: {{#context#}}!").messages[0].content == "Know: The sky is blue.!"


def test_files_come_before_the_question():
    prompt = of(parts=PromptParts(query="what?", files=[PICTURE]))
    assert prompt.messages[-1].content == [PICTURE, "what?"]
    assert shown_prompt(prompt.messages) == [
        {
            "role": "user",
            "text": "what?",
            "files": [{"type": "image", "data": "http://example.com/a.png", "detail": "high"}],
        }
    ]


def test_a_completion_prompt_is_one_text_with_stop_words():
    prompt = of("completion", PromptParts(query="three", history=HISTORY, context="Known."), pre_prompt="Help.")
    (message,) = prompt.messages
    pieces = ("Known.", "Help.", "<histories>\nHuman: one\nAssistant: two", "Human: three")
    places = [message.content.index(piece) for piece in pieces]
    assert places == sorted(places)
    assert message.content.endswith("\n\nAssistant: ")
    assert prompt.stop == ("\nHuman:", "</histories>")


def test_a_completion_app_with_a_completion_model_has_no_stop_words():
    prompt = of("completion", PromptParts(inputs={"x": "it"}), pre_prompt="Sum up {{x}}")
    assert shown(prompt.messages) == [("user", "Sum up it")]
    assert prompt.stop == ()


def test_specials_in_a_completion_text_are_not_added_again():
    parts = PromptParts(query="three", history=HISTORY)
    prompt = of("completion", parts, pre_prompt="{{#histories#}}\n> {{#query#}}\n")
    assert prompt.messages[0].content == "Human: one\nAssistant: two\n> three\n"


def test_advanced_messages_are_followed_by_history_and_question():
    messages = [{"role": "system", "text": "For {{who}}."}, {"role": "assistant", "text": "Yes?"}]
    parts = PromptParts(inputs={"who": "Ann"}, query="three", history=HISTORY)
    prompt = of(parts=parts, prompt_type="advanced", chat_prompt_config={"prompt": messages})
    assert shown(prompt.messages) == [
        ("system", "For Ann."),
        ("assistant", "Yes?"),
        ("user", "one"),
        ("assistant", "two"),
        ("user", "three"),
    ]


def test_an_advanced_question_stands_where_the_author_puts_it():
    messages = [{"role": "system", "text": "S"}, {"role": "user", "text": "Say: {{#query#}} {{#context#}}"}]
    parts = PromptParts(query="three", history=HISTORY, context="C", files=[PICTURE])
    prompt = of(parts=parts, prompt_type="advanced", chat_prompt_config={"prompt": messages})
    assert shown(prompt.messages) == [
        ("system", "S"),
        ("user", "one"),
        ("assistant", "two"),
        ("user", [PICTURE, "Say: three C"]),
    ]


def test_an_advanced_completion_text_names_the_speakers():
    config = {
        "prompt": {"text": "{{#histories#}} | {{#query#}}"},
        "conversation_histories_role": {"user_prefix": "Q", "assistant_prefix": "A"},
    }
    parts = PromptParts(query="three", history=HISTORY)
    prompt = of("completion", parts, prompt_type="advanced", completion_prompt_config=config)
    assert shown(prompt.messages) == [("user", "Q: one\nA: two | three")]


def test_files_without_a_question_have_a_message_of_their_own():
    messages = [{"role": "system", "text": "S"}]
    prompt = of(parts=PromptParts(files=[PICTURE]), prompt_type="advanced", chat_prompt_config={"prompt": messages})
    assert shown(prompt.messages) == [("system", "S"), ("user", [PICTURE])]
