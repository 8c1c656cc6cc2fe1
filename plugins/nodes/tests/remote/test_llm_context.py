"""Knowledge in the prompts of `llm` nodes."""

import pytest

from dify_runtime_sdk.workflow import NodeError

METADATA = {
    "_source": "knowledge",
    "dataset_id": "d1",
    "dataset_name": "Manuals",
    "document_id": "doc1",
    "document_name": "guide.pdf",
    "data_source_type": "upload_file",
    "retriever_from": "workflow",
    "score": 0.9,
    "position": 1,
    "child_chunks": [],
    "segment_id": "s1",
    "segment_hit_count": 3,
    "segment_word_count": 7,
    "segment_position": 2,
    "segment_index_node_hash": "abc",
    "doc_metadata": {"year": 2024},
}
RECORDS = [
    {"metadata": METADATA, "title": "guide.pdf", "content": "Press the button.", "files": [], "summary": "short"},
    {"metadata": METADATA | {"position": 2}, "title": "guide.pdf", "content": "Wait.", "files": None},
]


def llm(**more):
    return {
        "type": "llm",
        "model": {"provider": "p", "name": "m"},
        "prompt_template": [{"role": "user", "text": "Know: {{#context#}}\n{{#sys.query#}}"}],
        "context": {"enabled": True, "variable_selector": ["kb", "result"]},
    } | more


async def asked(bench, make, value, **more):
    models = make("models")
    variables = {"sys.query": "How?"} | ({} if value is None else {"kb.result": value})
    result = await bench.offer(models=models).run(variables, **llm(**more))
    return models.requests[0].messages[0].content, result


async def test_retrieval_results_are_joined_by_their_content(bench, make):
    prompt, result = await asked(bench, make, RECORDS)

    assert prompt == "Know: Press the button.\nWait.\nHow?"
    assert result.inputs == {"#context#": "Press the button.\nWait."}


async def test_the_reader_is_told_what_the_model_was_given(bench, make):
    await asked(bench, make, RECORDS)

    [(resources, text)] = bench.context.told
    assert text == "Press the button.\nWait."
    assert resources[0] == {
        "position": 1,
        "dataset_id": "d1",
        "dataset_name": "Manuals",
        "document_id": "doc1",
        "document_name": "guide.pdf",
        "data_source_type": "upload_file",
        "segment_id": "s1",
        "retriever_from": "workflow",
        "score": 0.9,
        "hit_count": 3,
        "word_count": 7,
        "segment_position": 2,
        "index_node_hash": "abc",
        "content": "Press the button.",
        "page": None,
        "doc_metadata": {"year": 2024},
        "title": "guide.pdf",
        "files": [],
        "summary": "short",
    }
    assert [resource["position"] for resource in resources] == [1, 2]


async def test_a_text_is_the_knowledge_as_it_is(bench, make):
    prompt, _ = await asked(bench, make, "All of it.")

    assert prompt == "Know: All of it.\nHow?"
    assert bench.context.told == [((), "All of it.")]


async def test_texts_and_objects_of_other_origin_are_no_resources(bench, make):
    prompt, _ = await asked(bench, make, ["one", {"content": "two"}, {"content": None, "metadata": {"_source": "web"}}])

    assert prompt == "Know: one\ntwo\n\nHow?"
    assert bench.context.told == [([], "one\ntwo\n")]


async def test_references_inside_the_knowledge_are_not_replaced(bench, make):
    prompt, _ = await asked(bench, make, "{{#sys.query#}} sys.query")

    assert prompt == "Know: {{#sys.query#}} sys.query\nHow?"


@pytest.mark.parametrize("context", [{"enabled": False, "variable_selector": ["kb", "result"]}, {"enabled": True}])
async def test_without_knowledge_its_place_is_empty(bench, make, context):
    prompt, result = await asked(bench, make, RECORDS, context=context)

    assert prompt == "Know: \nHow?"
    assert (bench.context.told, result.inputs) == ([], {})


async def test_a_retrieval_without_a_result_leaves_the_place_empty(bench, make):
    prompt, _ = await asked(bench, make, None)

    assert prompt == "Know: \nHow?"


@pytest.mark.parametrize("value", [{"content": "x"}, 7, [7], [{"text": "x"}], [["x"]]])
async def test_other_values_are_no_knowledge(bench, make, value):
    with pytest.raises(NodeError) as caught:
        await asked(bench, make, value)

    assert caught.value.error_type == "InvalidContextStructureError"
