"""`question-classifier` nodes."""

import json

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.models import FilePart, Message, ModelFeature, ModelUnavailableError
from dify_runtime_sdk.workflow import NodeError, NodeKind

CLASSES = [{"id": "1711", "name": "Positive"}, {"id": "1712", "name": "Negative about {{#start.product#}}"}]
VARIABLES = {"start.review": "It broke.", "start.product": "lamps", "sys.files": []}


def classifier(**more):
    return {
        "type": "question-classifier",
        "query_variable_selector": ["start", "review"],
        "model": {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {"stop": ["END"]}},
        "classes": CLASSES,
    } | more


async def classified(bench, make, answer, **more):
    return await bench.offer(models=make("models", answer)).run(VARIABLES, **classifier(**more))


SECOND = '{"category_id": "1712", "category_name": "whatever"}'


@pytest.mark.parametrize(
    "answer",
    [
        SECOND,
        f"```json\n{SECOND}\n```",
        f"Here you are: {SECOND} Good luck!",
        f'<think>{{"category_id": "1711"}} perhaps</think>{SECOND}',
        '{"category_id": 1712}',
        "{'category_id': '1712', 'category_name': 'Negative'",
        '{"category_id": " 1712 "}',
    ],
)
async def test_the_class_that_the_model_names_is_chosen(bench, make, answer):
    result = await classified(bench, make, answer)

    assert result.handle == "1712"
    assert (result.outputs["class_id"], result.outputs["class_name"]) == ("1712", "Negative about lamps")


@pytest.mark.parametrize(
    "answer",
    ["", "Negative", "1712", '{"category_id": "9"}', '{"category_name": "Positive"}', "[]", "{", "null", '"1712"'],
)
async def test_an_answer_that_names_no_class_gives_the_first(bench, make, answer):
    result = await classified(bench, make, answer)

    assert (result.handle, result.outputs["class_id"], result.outputs["class_name"]) == ("1711", "1711", "Positive")


async def test_outputs_log_and_cost(bench, make):
    result = await classified(bench, make, SECOND)

    assert list(result.outputs) == ["class_name", "class_id", "usage"]
    assert result.outputs["usage"] == make("usage").to_json()
    assert result.inputs == {"query": "It broke."}
    assert set(result.process_data) == {
        "model_mode",
        "prompts",
        "usage",
        "finish_reason",
        "model_provider",
        "model_name",
    }
    assert result.metadata == {"total_tokens": 15, "total_price": "0.00001", "currency": "USD"}


async def test_nothing_is_streamed(bench, make):
    await classified(bench, make, SECOND)

    assert (bench.context.sent, bench.context.finished) == ([], [])


async def test_a_chat_model_gets_instruction_examples_and_question(bench, make):
    models = make("models", SECOND)

    await bench.offer(models=models).run(VARIABLES, **classifier(instruction="Mind {{#start.product#}}."))

    request = models.requests[0]
    assert [message.role for message in request.messages] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert json.loads(request.messages[-1].content) == {
        "text": "It broke.",
        "categories": [
            {"category_id": "1711", "category_name": "Positive"},
            {"category_id": "1712", "category_name": "Negative about lamps"},
        ],
        "instructions": "Mind lamps.",
    }
    assert (request.stop, request.model.provider) == (("END",), "langgenius/openai/openai")


async def test_a_completion_model_gets_one_text(bench, make):
    models = make("models", SECOND)
    model = {"provider": "p", "name": "m", "mode": "completion", "completion_params": {}}

    result = await bench.offer(models=models).run(VARIABLES, **classifier(model=model))

    [message] = models.requests[0].messages
    assert message.role == "user"
    assert "It broke." in message.content
    assert result.handle == "1712"


async def test_the_conversation_so_far_is_told_to_the_model(bench, make):
    models = make("models", SECOND)
    past = [Message(role="user", content="My lamp"), Message(role="assistant", content="Which one?")] * 2
    bench.run_info["conversation_id"] = "c-1"
    memory = {"window": {"enabled": True, "size": 1}, "role_prefix": {"user": "Q", "assistant": "A"}}

    await bench.offer(models=models, memory=make("memory", *past)).run(VARIABLES, **classifier(memory=memory))

    assert models.requests[0].messages[0].content.endswith("Q: My lamp\nA: Which one?")
    assert models.requests[0].messages[0].content.count("My lamp") == 1


async def test_files_go_along_where_the_model_sees(bench, make):
    models = make("models", SECOND, features=frozenset({ModelFeature.VISION}))
    picture = make("file", "a")

    await bench.offer(models=models).run(
        VARIABLES | {"sys.files": [picture]}, **classifier(vision={"enabled": True, "configs": {"detail": "low"}})
    )

    assert models.requests[0].messages[-1].content[0] == FilePart(file=picture, detail="low")


async def test_a_query_that_is_not_there_is_an_empty_text(bench, make):
    result = await bench.offer(models=make("models", SECOND)).run({"start.product": "x"}, **classifier())

    assert (result.inputs, result.handle) == ({"query": ""}, "1712")


async def test_a_failing_model_fails_the_node(bench, make):
    with pytest.raises(NodeError, match="away") as caught:
        await classified(bench, make, [ModelUnavailableError("away")])

    assert caught.value.error_type == "InvokeServerUnavailableError"
    assert caught.value.inputs == {"query": "It broke."}
    assert caught.value.process_data["model_name"] == "gpt"


async def test_without_classes_the_node_fails(bench, make):
    with pytest.raises(NodeError, match="no classes"):
        await classified(bench, make, SECOND, classes=[])


async def test_files_of_older_editors_are_read(bench, make):
    models = make("models", SECOND)
    old = classifier(instructions="Be fair.", topics=[], query_variable_selector=["start", "sys.query"], vision=None)

    await bench.offer(models=models).run({"start.sys.query": "Hm.", "start.product": "x"}, **old)

    question = json.loads(models.requests[0].messages[-1].content)
    assert (question["text"], question["instructions"]) == ("Hm.", "Be fair.")


def test_the_node_branches(bench):
    assert bench.node(**classifier(instruction=None)).kind is NodeKind.BRANCH


@pytest.mark.parametrize("broken", [{"classes": [{"name": "x"}]}, {"model": {}}, {"query_variable_selector": None}])
def test_a_malformed_configuration_is_an_error_of_the_file(bench, broken):
    with pytest.raises(ValidationError):
        bench.node(**classifier(**broken))
