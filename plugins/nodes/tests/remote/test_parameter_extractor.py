"""`parameter-extractor` nodes: what is asked, and what becomes of the answers."""

import json

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.models import (
    FilePart,
    LanguageModelChunk,
    Message,
    ModelFeature,
    ModelNotFoundError,
    ModelRateLimitError,
    ToolCall,
)
from dify_runtime_sdk.workflow import NodeError

CITY = {"name": "city", "type": "string", "description": "Where to", "required": True}
DAYS = {"name": "days", "type": "number", "description": "How long", "required": False}
VARIABLES = {"start.text": "Oslo for three days.", "start.who": "Ann"}
GOOD = '{"city": "Oslo", "days": 3}'
CALLS = frozenset({ModelFeature.TOOL_CALL})


def extractor(**more):
    return {
        "type": "parameter-extractor",
        "model": {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {"temperature": 0}},
        "query": ["start", "text"],
        "parameters": [CITY, DAYS],
        "instruction": "For {{#start.who#}}.",
    } | more


def call(arguments):
    return [LanguageModelChunk(tool_calls=[ToolCall(id="1", name="extract_parameters", arguments=arguments)])]


async def extracted(bench, make, answer, **more):
    return await bench.offer(models=make("models", answer)).run(VARIABLES, **extractor(**more))


async def test_values_are_outputs_beside_the_verdict(bench, make):
    result = await extracted(bench, make, GOOD)

    assert result.outputs == {
        "__is_success": 1,
        "__reason": "",
        "__usage": make("usage").to_json(),
        "city": "Oslo",
        "days": 3,
    }
    assert result.metadata == {"total_tokens": 15, "total_price": "0.00001", "currency": "USD"}
    assert result.inputs["query"] == "Oslo for three days."
    assert result.inputs["instruction"] == "For Ann."
    assert [parameter["name"] for parameter in result.inputs["parameters"]] == ["city", "days"]


@pytest.mark.parametrize(
    "feature", [ModelFeature.TOOL_CALL, ModelFeature.MULTI_TOOL_CALL, ModelFeature.STREAM_TOOL_CALL]
)
async def test_a_model_that_knows_functions_is_asked_to_call_one(bench, make, feature):
    models = make("models", call(GOOD), features=frozenset({feature}))

    result = await bench.offer(models=models).run(VARIABLES, **extractor())

    [offered] = models.requests[0].tools
    assert offered.name == "extract_parameters"
    assert offered.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where to"},
            "days": {"type": "number", "description": "How long"},
        },
        "required": ["city"],
    }
    assert models.requests[0].messages[0].content.endswith("For Ann.")
    assert models.requests[0].messages[-1].content == "Oslo for three days."
    assert (result.outputs["city"], result.outputs["__is_success"]) == ("Oslo", 1)
    assert result.process_data["tool_call"] == {"name": "extract_parameters", "arguments": GOOD}
    assert result.process_data["function"] == offered.parameters


@pytest.mark.parametrize(("mode", "features"), [("prompt", CALLS), ("function_call", frozenset()), (None, frozenset())])
async def test_other_models_are_asked_in_the_prompt(bench, make, mode, features):
    models = make("models", GOOD, features=features)

    result = await bench.offer(models=models).run(VARIABLES, **extractor(reasoning_mode=mode))

    request = models.requests[0]
    assert request.tools == ()
    assert [message.role for message in request.messages] == ["system", "user", "assistant", "user"]
    assert "For Ann." in request.messages[0].content
    assert "Oslo for three days." in request.messages[-1].content
    assert '"required": ["city"]' in request.messages[-1].content
    assert result.outputs["city"] == "Oslo"
    assert (result.process_data["function"], result.process_data["tool_call"]) == (None, None)


async def test_types_are_described_to_the_model(bench, make):
    models = make("models", call("{}"), features=CALLS)
    kinds = ["boolean", "bool", "select", "array[string]", "array[number]", "array[object]", "array[boolean]"]
    parameters = [{"name": f"p{n}", "type": kind, "description": None} for n, kind in enumerate(kinds)]
    parameters[2]["options"] = ["a", "b"]

    await bench.offer(models=models).run(VARIABLES, **extractor(parameters=parameters))

    properties = models.requests[0].tools[0].parameters["properties"].values()
    assert [{name: value for name, value in one.items() if name != "description"} for one in properties] == [
        {"type": "boolean"},
        {"type": "boolean"},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "number"}},
        {"type": "array", "items": {"type": "object"}},
        {"type": "array", "items": {"type": "boolean"}},
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! {GOOD} Anything else?",
        f"```json\n{GOOD}\n```",
        '<think>{"city": "Rome"}</think>{"city": "Oslo", "days": "3"}',
        "{'city': 'Oslo', 'days': 3,}",
        '{"city": "Oslo", "days": 3',
        'brace } and quote " first: {"city": "Oslo", "days": 3, "note": "} {"}',
    ],
)
async def test_json_is_found_in_a_text(bench, make, text):
    result = await extracted(bench, make, text)

    assert (result.outputs["city"], result.outputs["days"], result.outputs["__is_success"]) == ("Oslo", 3, 1)


async def test_a_model_that_writes_instead_of_calling_is_understood(bench, make):
    models = make("models", GOOD, features=CALLS)

    result = await bench.offer(models=models).run(VARIABLES, **extractor())

    assert result.outputs["city"] == "Oslo"


@pytest.mark.parametrize("answer", ["", "I do not know.", "[1]", "{", "null", call("not json"), call(""), call("[]")])
async def test_an_answer_without_values_still_succeeds(bench, make, answer):
    result = await bench.offer(models=make("models", answer, features=CALLS)).run(VARIABLES, **extractor())

    assert result.outputs["__is_success"] == 0
    assert result.outputs["__reason"]
    assert (result.outputs["city"], result.outputs["days"]) == ("", 0)


async def test_a_required_value_that_is_missing_is_told(bench, make):
    result = await extracted(bench, make, '{"days": 3, "city": null}')

    assert (result.outputs["__is_success"], result.outputs["__reason"]) == (0, "Parameter city is required")
    assert (result.outputs["city"], result.outputs["days"]) == ("", 3)


async def test_an_optional_value_that_is_missing_has_a_stand_in(bench, make):
    kinds = {"string": "", "number": 0, "boolean": False, "select": "", "array[string]": [], "array[object]": []}
    parameters = [{"name": f"p{n}", "type": kind, "description": "", "options": ["a"]} for n, kind in enumerate(kinds)]

    result = await extracted(bench, make, '{"p0": null, "other": 1}', parameters=parameters)

    assert result.outputs["__is_success"] == 1
    assert [result.outputs[f"p{n}"] for n in range(len(kinds))] == list(kinds.values())
    assert "other" not in result.outputs


async def found(bench, make, kind, value, **more):
    parameter = {"name": "p", "type": kind, "description": "", "required": True} | more
    answer = json.dumps({"p": value})
    outputs = (await extracted(bench, make, answer, parameters=[parameter])).outputs
    return outputs["__is_success"], outputs["p"]


@pytest.mark.parametrize(
    ("kind", "value", "output"),
    [
        ("string", "x", "x"),
        ("string", 3, "3"),
        ("number", 3, 3),
        ("number", 2.5, 2.5),
        ("number", "3", 3),
        ("number", "-2.5", -2.5),
        ("boolean", True, True),
        ("bool", False, False),
        ("boolean", "true", True),
        ("boolean", "False", False),
        ("boolean", 1, True),
        ("array[string]", ["a", 1], ["a", "1"]),
        ("array[number]", [1, "2", 3.5], [1, 2, 3.5]),
        ("array[object]", [{"a": 1}], [{"a": 1}]),
        ("array[boolean]", [True, "false"], [True, False]),
        ("array[string]", [], []),
    ],
)
async def test_values_that_fit_are_taken(bench, make, kind, value, output):
    success, value = await found(bench, make, kind, value)

    assert (success, value, type(value)) == (1, output, type(output))


@pytest.mark.parametrize(
    ("kind", "value", "stand_in"),
    [
        ("string", ["x"], ""),
        ("string", True, ""),
        ("number", "many", 0),
        ("number", True, 0),
        ("number", "inf", 0),
        ("number", "nan", 0),
        ("number", [3], 0),
        ("boolean", "perhaps", False),
        ("boolean", 2, False),
        ("array[string]", "a", []),
        ("array[number]", [1, "x"], []),
        ("array[object]", [1], []),
        ("array[boolean]", [None], []),
    ],
)
async def test_values_that_do_not_fit_are_replaced(bench, make, kind, value, stand_in):
    assert await found(bench, make, kind, value) == (0, stand_in)


@pytest.mark.parametrize(("value", "expected"), [("a", (1, "a")), ("z", (0, "")), (1, (1, "1"))])
async def test_a_selection_is_one_of_its_options(bench, make, value, expected):
    assert await found(bench, make, "select", value, options=["a", "b", "1"]) == expected


async def test_a_number_beyond_all_bounds_does_not_fit(bench, make):
    parameter = {"name": "p", "type": "number", "description": "", "required": True}

    result = await extracted(bench, make, f'{{"p": "1{"0" * 400}"}}', parameters=[parameter])

    assert (result.outputs["__is_success"], result.outputs["p"]) == (0, 0)


async def test_a_query_that_is_not_there_is_an_empty_text(bench, make):
    result = await extracted(bench, make, GOOD, query=["start", "gone"])

    assert (result.inputs["query"], result.outputs["__is_success"]) == ("", 1)


async def test_only_the_model_itself_can_fail_the_node(bench, make):
    with pytest.raises(NodeError, match="slow down") as caught:
        await extracted(bench, make, [ModelRateLimitError("slow down")])

    assert caught.value.error_type == "InvokeRateLimitError"
    assert caught.value.inputs["query"] == "Oslo for three days."


async def test_a_model_that_is_not_known_fails_the_node(bench, make):
    models = make("models")
    models.failure = ModelNotFoundError("no such model")

    with pytest.raises(NodeError, match="no such model"):
        await bench.offer(models=models).run(VARIABLES, **extractor())


async def test_memory_and_files_go_along(bench, make):
    models = make("models", GOOD, features=frozenset({ModelFeature.VISION}))
    picture = make("file", "a")
    bench.run_info["conversation_id"] = "c-1"
    past = [Message(role="user", content="I like fjords"), Message(role="assistant", content="Me too")]
    data = extractor(memory={"window": {"enabled": False, "size": None}}, vision={"enabled": True})

    result = await bench.offer(models=models, memory=make("memory", *past)).run(
        VARIABLES | {"sys.files": [picture]}, **data
    )

    messages = models.requests[0].messages
    assert messages[0].content.endswith("Human: I like fjords\nAssistant: Me too")
    assert messages[-1].content[0] == FilePart(file=picture)
    assert result.inputs["files"] == [picture]


async def test_a_completion_model_gets_one_text(bench, make):
    models = make("models", GOOD)
    model = {"provider": "p", "name": "m", "mode": "completion", "completion_params": {}}

    result = await bench.offer(models=models).run(VARIABLES, **extractor(model=model, reasoning_mode="prompt"))

    assert [message.role for message in models.requests[0].messages] == ["user"]
    assert result.outputs["city"] == "Oslo"


@pytest.mark.parametrize(
    "parameter",
    [
        CITY | {"name": "__reason"},
        CITY | {"name": "__is_success"},
        CITY | {"name": ""},
        CITY | {"type": "magic"},
        {"name": "x"},
    ],
)
def test_a_parameter_that_cannot_be_is_an_error_of_the_file(bench, parameter):
    with pytest.raises(ValidationError):
        bench.node(**extractor(parameters=[parameter]))
