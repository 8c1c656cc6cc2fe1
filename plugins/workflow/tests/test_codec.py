"""The JSON that journals keep of values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_runtime_sdk.workflow import File, FileType, PauseReason, TransferMethod
from dify_workflow.journal.codec import decode, encode, reason_entry

FILE = File(type=FileType.IMAGE, transfer_method=TransferMethod.LOCAL_FILE, tenant_id="t", related_id="r")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(FILE),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "$file", "$plain"]) | st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize("form", [None, {"form_content": "Well?", "actions": [{"id": "go"}]}])
def test_what_a_pause_asks_survives_the_journal(form):
    reason = PauseReason(type="human_input_required", node_id="ask", form_id="f", form=form)
    assert PauseReason(**json.loads(json.dumps(reason_entry(reason)))) == reason


@given(VALUES)
def test_values_survive_the_journal(value):
    assert decode(json.loads(json.dumps(encode(value)))) == value


@pytest.mark.parametrize("forged", [{"$file": FILE.to_json()}, {"$plain": {"$file": FILE.to_json()}}, FILE.to_json()])
def test_an_object_that_looks_like_a_file_of_a_journal_stays_an_object(forged):
    assert decode(json.loads(json.dumps(encode(forged)))) == forged
    assert isinstance(decode(encode({"x": forged}))["x"], dict)
