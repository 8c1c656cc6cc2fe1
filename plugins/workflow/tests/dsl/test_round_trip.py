"""Nothing is lost between reading and writing."""

import copy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dify_workflow.dsl import DslError, dump, from_mapping, load

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
"""All characters; halves of surrogate pairs cannot be in a file."""
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12)
FIELDS = st.dictionaries(TEXT.map(lambda key: f"x-{key}"), VALUE, max_size=3)


@st.composite
def nodes(draw):
    data = {**draw(FIELDS), "type": draw(st.sampled_from(["llm", "code", "novel-node"])), "title": draw(TEXT)}
    return {**draw(FIELDS), "id": draw(TEXT.filter(bool)), "type": "custom", "data": data}


@st.composite
def files(draw):
    graph = {**draw(FIELDS), "nodes": draw(st.lists(nodes(), unique_by=lambda node: node["id"], max_size=4))}
    graph["edges"] = [{"source": node["id"], "target": node["id"], **draw(FIELDS)} for node in graph["nodes"]]
    return {
        **draw(FIELDS),
        "version": "0.5.0",
        "kind": "app",
        "app": {**draw(FIELDS), "mode": "workflow", "name": draw(TEXT)},
        "workflow": {**draw(FIELDS), "graph": graph, "features": draw(FIELDS)},
    }


@settings(max_examples=50, deadline=None)
@given(files())
def test_what_is_written_is_read_again(raw):
    before = copy.deepcopy(raw)
    document = load(dump(from_mapping(raw)))
    assert document.raw == before
    assert dump(document) == dump(from_mapping(raw))


@settings(deadline=None)
@given(VALUE.map(yaml.safe_dump) | st.binary() | TEXT)
def test_no_text_is_refused_without_reason_and_place(text):
    with pytest.raises(DslError) as caught:
        load(text)
    assert caught.value.problems
    assert all(problem.line is not None and problem.column is not None for problem in caught.value.problems)
