"""`knowledge-retrieval` nodes."""

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.knowledge import MetadataCondition, RetrievalError
from dify_runtime_sdk.models import ModelUsage
from dify_runtime_sdk.workflow import FileType, NodeError

MULTIPLE = {"top_k": 4, "reranking_mode": "reranking_model", "reranking_enable": True}


def retrieval(**more):
    return {
        "type": "knowledge-retrieval",
        "query_variable_selector": ["start", "q"],
        "dataset_ids": ["d1", "d2"],
        "retrieval_mode": "multiple",
        "multiple_retrieval_config": MULTIPLE,
    } | more


async def asked(bench, make, variables=None, **more):
    retriever = make("retriever")
    await bench.offer(retriever=retriever).run({"start.q": "How?"} | (variables or {}), **retrieval(**more))
    return retriever.requests[0]


async def test_the_request_says_what_to_look_for_and_where(bench, make):
    bench.run_info["app_id"] = "app-1"

    request = await asked(bench, make)

    assert (request.query, request.dataset_ids, request.mode) == ("How?", ["d1", "d2"], "multiple")
    assert (request.multiple, request.single, request.attachments) == (MULTIPLE, {}, [])
    assert (request.tenant_id, request.app_id, request.user_id) == ("tenant-1", "app-1", "user-1")
    assert (request.metadata_filtering, request.metadata_conditions) == ("disabled", [])


async def test_a_single_retrieval_has_its_model(bench, make):
    single = {"model": {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {}}}

    request = await asked(
        bench, make, retrieval_mode="single", single_retrieval_config=single, multiple_retrieval_config=None
    )

    assert (request.mode, request.single, request.multiple) == ("single", single, {})


async def test_records_are_the_result_in_their_order(bench, make):
    records = [{"metadata": {"position": 1}, "title": "a", "content": "x"}, {"title": "b", "content": "y"}]
    retriever = make("retriever", *records, usage=ModelUsage(total_tokens=7))

    result = await bench.offer(retriever=retriever).run({"start.q": "How?"}, **retrieval())

    assert result.outputs == {"result": records}
    assert result.inputs == {"query": "How?"}
    assert result.metadata == {"total_tokens": 7, "total_price": "0", "currency": "USD"}
    assert result.process_data["usage"]["total_tokens"] == 7


async def test_nothing_found_is_an_empty_result(bench, make):
    result = await bench.offer(retriever=make("retriever")).run({"start.q": "How?"}, **retrieval())

    assert result.outputs == {"result": []}


@pytest.mark.parametrize(
    ("variables", "more"),
    [
        ({"start.q": ""}, {}),
        ({}, {"query_variable_selector": None}),
        ({}, {"query_variable_selector": []}),
        ({}, {"query_variable_selector": None, "query_attachment_selector": ["start", "gone"]}),
        ({"start.p": []}, {"query_variable_selector": None, "query_attachment_selector": ["start", "p"]}),
    ],
)
async def test_without_query_and_pictures_there_is_no_result_and_no_failure(bench, make, variables, more):
    retriever = make("retriever")

    result = await bench.offer(retriever=retriever).run(variables, **retrieval(**more))

    assert (result.outputs, retriever.requests) == ({}, [])


@pytest.mark.parametrize("variables", [{}, {"start.q": 7}, {"start.q": ["How?"]}, {"start.q": None}])
async def test_a_query_that_is_no_text_fails(bench, make, variables):
    with pytest.raises(NodeError, match="not string type") as caught:
        await bench.offer(retriever=make("retriever")).run(variables, **retrieval())

    assert caught.value.error_type == "KnowledgeRetrievalNodeError"


async def test_pictures_are_looked_for_too(bench, make):
    picture, paper = make("file", "a"), make("file", "b", FileType.DOCUMENT)
    retriever = make("retriever")
    data = retrieval(query_variable_selector=None, query_attachment_selector=["start", "files"])

    result = await bench.offer(retriever=retriever).run({"start.files": [picture, paper]}, **data)

    assert (retriever.requests[0].query, retriever.requests[0].attachments) == ("", [picture])
    assert result.inputs == {"attachments": [picture]}
    assert result.outputs == {"result": []}


def conditions(*entries, **more):
    return {
        "metadata_filtering_mode": "manual",
        "metadata_filtering_conditions": {"conditions": list(entries)} | more,
    }


async def test_conditions_are_rendered(bench, make):
    entries = [
        {"id": "1", "name": "author", "comparison_operator": "is", "value": "{{#start.who#}}!"},
        {"id": "2", "name": "year", "comparison_operator": "≥", "value": "{{#start.year#}}"},
        {"id": "3", "name": "year", "comparison_operator": "<", "value": 2030},
        {"id": "4", "name": "tag", "comparison_operator": "in", "value": ["a", "{{#start.who#}}"]},
        {"id": "5", "name": "note", "comparison_operator": "empty"},
        {"id": "6", "name": "text", "comparison_operator": "contains", "value": "from {{#start.year#}}"},
    ]

    request = await asked(bench, make, {"start.who": "Ann\r\n\tLee", "start.year": 2024}, **conditions(*entries))

    assert request.metadata_filtering == "manual"
    assert request.metadata_conditions == [
        MetadataCondition(name="author", operator="is", value="Ann Lee!"),
        MetadataCondition(name="year", operator="≥", value=2024),
        MetadataCondition(name="year", operator="<", value=2030),
        MetadataCondition(name="tag", operator="in", value=["a", "Ann Lee"]),
        MetadataCondition(name="note", operator="empty", value=None),
        MetadataCondition(name="text", operator="contains", value="from 2024"),
    ]


@pytest.mark.parametrize(
    ("operator", "expected"), [({"logical_operator": "and"}, "and"), ({"logical_operator": "or"}, "or"), ({}, "or")]
)
async def test_all_conditions_must_hold_only_where_it_is_said(bench, make, operator, expected):
    request = await asked(bench, make, **conditions(**operator))

    assert request.metadata_operator == expected


@pytest.mark.parametrize(
    "operator",
    [
        "contains",
        "not contains",
        "start with",
        "end with",
        "is",
        "is not",
        "empty",
        "not empty",
        "in",
        "not in",
        "=",
        "≠",
        ">",
        "<",
        "≥",
        "≤",
        "before",
        "after",
    ],
)
def test_every_operator_is_accepted(bench, operator):
    entry = {"name": "n", "comparison_operator": operator, "value": "x"}

    assert bench.node(**retrieval(**conditions(entry))).id == "node_1"


async def test_automatic_filtering_has_its_model(bench, make):
    model = {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {}}

    request = await asked(bench, make, metadata_filtering_mode="automatic", metadata_model_config=model)

    assert (request.metadata_filtering, request.metadata_model) == ("automatic", model)


async def test_a_failing_retrieval_fails_the_node(bench, make):
    retriever = make("retriever")
    retriever.failure = RetrievalError("dataset d1 is away", hint="wait")

    with pytest.raises(NodeError, match="dataset d1 is away") as caught:
        await bench.offer(retriever=retriever).run({"start.q": "How?"}, **retrieval())

    assert (caught.value.error_type, caught.value.hint) == ("KnowledgeRetrievalNodeError", "wait")
    assert caught.value.inputs == {"query": "How?"}


@pytest.mark.parametrize(
    "broken",
    [
        {"dataset_ids": None},
        {"retrieval_mode": "all"},
        conditions({"name": "n", "comparison_operator": "like", "value": "x"}),
    ],
)
def test_a_malformed_configuration_is_an_error_of_the_file(bench, broken):
    with pytest.raises(ValidationError):
        bench.node(**retrieval(**broken))


async def test_nulls_of_old_files_stand_for_defaults(bench, make):
    nulls = dict.fromkeys(("metadata_filtering_mode", "metadata_filtering_conditions", "query_attachment_selector"))

    assert (await asked(bench, make, **nulls)).metadata_filtering == "disabled"
