"""Memory and completion prompts of `llm` nodes."""

import pytest

from dify_runtime_sdk.models import FilePart, Message, ModelFeature, ToolCall
from dify_runtime_sdk.workflow import NodeError

PAST = [
    Message(role="user", content="say hello"),
    Message(role="assistant", content="Hello Zed"),
    Message(role="user", content="again"),
    Message(role="assistant", content="Hello again"),
]


def llm(**more):
    return {
        "type": "llm",
        "model": {"provider": "p", "name": "m", "mode": "chat", "completion_params": {"max_tokens": 5}},
        "prompt_template": [{"role": "system", "text": "Be brief."}],
        "memory": {"window": {"enabled": False, "size": 50}, "query_prompt_template": "{{#sys.query#}}"},
        "context": {"enabled": False},
    } | more


def completion(text, **more):
    model = {"provider": "p", "name": "m", "mode": "completion", "completion_params": {}}
    return llm(model=model, prompt_template={"text": text, "edition_type": "basic"}, **more)


@pytest.fixture
def chat(bench, make):
    """A bench inside a conversation with a past."""
    bench.run_info["conversation_id"] = "conversation-1"
    return lambda models: bench.offer(models=models, memory=make("memory", *PAST))


def said(models):
    return [(message.role, message.content) for message in models.requests[-1].messages]


async def test_memory_stands_between_the_template_and_the_query(chat, make):
    models = make("models")

    result = await chat(models).run({"sys.query": "and now?"}, **llm())

    assert said(models) == [
        ("system", "Be brief."),
        *[(message.role, message.content) for message in PAST],
        ("user", "and now?"),
    ]
    assert [prompt["role"] for prompt in result.process_data["prompts"]] == [role for role, _ in said(models)]


async def test_the_conversation_of_the_system_variables_counts_too(bench, make):
    models = make("models")
    memory = make("memory", *PAST)

    await bench.offer(models=models, memory=memory).run({"sys.query": "q", "sys.conversation_id": "c-2"}, **llm())

    assert memory.asked == [("c-2", "tenant-1", 1000)]
    assert len(said(models)) == 6


async def test_outside_a_conversation_only_the_query_is_added(bench, make):
    models = make("models")

    await bench.offer(models=models).run({"sys.query": "q"}, **llm())

    assert said(models) == [("system", "Be brief."), ("user", "q")]


@pytest.mark.parametrize("template", ["", None])
async def test_the_query_of_the_user_stands_in_for_a_template(bench, make, template):
    models = make("models")
    memory = {"window": {"enabled": False}, "query_prompt_template": template}

    await bench.offer(models=models).run({"sys.query": "q"}, **llm(memory=memory))

    assert said(models)[-1] == ("user", "q")


async def test_without_memory_no_query_is_added(chat, make):
    models = make("models")

    await chat(models).run({"sys.query": "q"}, **llm(memory=None))

    assert said(models) == [("system", "Be brief.")]


async def test_a_reference_of_the_query_template_to_nothing_fails(bench, make):
    memory = {"window": {"enabled": False}, "query_prompt_template": "{{#start.gone#}}"}

    with pytest.raises(NodeError, match=r"Variable start\.gone not found"):
        await bench.offer(models=make("models")).run({}, **llm(memory=memory))


async def test_the_window_counts_turns(chat, make):
    models = make("models")

    await chat(models).run({"sys.query": "q"}, **llm(memory={"window": {"enabled": True, "size": 1}}))

    assert [content for _, content in said(models)] == ["Be brief.", "again", "Hello again", "q"]


async def test_memory_is_cut_from_the_oldest_to_the_free_tokens(chat, make):
    models = make("models", context_size=13)  # 5 for the answer, 3 for prompt and query: 5 are left

    await chat(models).run({"sys.query": "q"}, **llm())

    assert [content for _, content in said(models)] == ["Be brief.", "Hello Zed", "again", "Hello again", "q"]


async def test_a_model_without_room_gets_no_memory(chat, make):
    models = make("models", context_size=4)

    await chat(models).run({"sys.query": "q"}, **llm())

    assert said(models) == [("system", "Be brief."), ("user", "q")]


async def test_two_thousand_tokens_are_free_where_the_model_has_no_limit(bench, make):
    bench.run_info["conversation_id"] = "conversation-1"
    models = make("models")
    memory = make("memory", Message(role="user", content="w " * 1500), Message(role="assistant", content="w " * 1500))

    await bench.offer(models=models, memory=memory).run({"sys.query": "q"}, **llm())

    assert [role for role, _ in said(models)] == ["system", "assistant", "user"]


async def test_files_of_the_past_are_dropped_where_the_model_reads_none(bench, make):
    bench.run_info["conversation_id"] = "conversation-1"
    past = Message(role="user", content=[FilePart(file=make("file", "a")), "look"])
    blind, seeing = make("models"), make("models", features=frozenset({ModelFeature.VISION}))

    await bench.offer(models=blind, memory=make("memory", past)).run({"sys.query": "q"}, **llm())
    await bench.offer(models=seeing).run({"sys.query": "q"}, **llm())

    assert said(blind)[1] == ("user", "look")
    assert said(seeing)[1] == ("user", past.content)


async def test_turns_that_only_call_tools_are_kept(bench, make):
    bench.run_info["conversation_id"] = "conversation-1"
    calling = Message(role="assistant", tool_calls=[ToolCall(id="1", name="f", arguments="{}")])
    models = make("models")

    await bench.offer(models=models, memory=make("memory", calling)).run({"sys.query": "q"}, **llm())

    assert models.requests[0].messages[1] == calling


async def test_the_files_of_vision_go_to_the_query(chat, make):
    models = make("models", features=frozenset({ModelFeature.VISION}))
    picture = make("file", "a")

    await chat(models).run({"sys.query": "q", "sys.files": [picture]}, **llm(vision={"enabled": True}))

    assert said(models)[-1] == ("user", [FilePart(file=picture), "q"])
    assert said(models)[1] == ("user", "say hello")


async def test_a_completion_prompt_is_one_text(bench, make):
    models = make("models")

    await bench.offer(models=models).run({"start.x": 1}, **completion("Do {{#start.x#}}", memory=None))

    assert said(models) == [("user", "Do 1")]
    assert models.requests[0].mode == "completion"


async def test_histories_and_query_have_their_places_in_a_completion_prompt(chat, make):
    models = make("models")

    await chat(models).run({"sys.query": "q"}, **completion("<{{#histories#}}>\n{{#query#}}!"))

    history = "Human: say hello\nAssistant: Hello Zed\nHuman: again\nAssistant: Hello again"
    assert said(models) == [("user", f"<{history}>\nq!")]


async def test_the_sides_of_the_conversation_are_named_as_configured(chat, make):
    models = make("models")
    memory = {"window": {"enabled": True, "size": 1}, "role_prefix": {"user": "Q", "assistant": "A"}}

    await chat(models).run({"sys.query": "q"}, **completion("{{#histories#}}|{{#query#}}", memory=memory))

    assert said(models) == [("user", "Q: again\nA: Hello again|q")]


async def test_histories_come_first_and_the_query_last_where_they_have_no_place(chat, make):
    models = make("models")
    memory = {"window": {"enabled": True, "size": 1}}

    await chat(models).run({"sys.query": "q"}, **completion("Go on.", memory=memory))

    assert said(models) == [("user", "Human: again\nAssistant: Hello again\nGo on.\nq")]


async def test_a_completion_prompt_that_names_the_query_does_not_get_it_twice(bench, make):
    models = make("models")

    await bench.offer(models=models).run({"sys.query": "q"}, **completion("{{#histories#}}Ask {{#sys.query#}}"))

    assert said(models) == [("user", "Ask q")]
