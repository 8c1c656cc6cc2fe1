"""Events that are kept small come out as they went in."""

import json

from hypothesis import given
from hypothesis import strategies as st

from dify_apps.runs.kept import KeptEvents

SHARED = {"task_id": "t", "created_at": 1}
VALUES = st.sampled_from([1, 1.0, True, None, "a", "b", 0, False])
EVENTS = st.builds(
    lambda kind, more, last: {"event": kind, **more, **SHARED, **last},
    st.sampled_from(["message", "ping"]),
    st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["created_at", "w"]), VALUES, max_size=1),
)


@given(st.lists(EVENTS, max_size=20))
def test_events_come_out_as_they_went_in(events):
    kept = KeptEvents()
    for event in events:
        kept.append(event)
    assert json.dumps(list(kept)) == json.dumps(events)
    assert json.dumps([kept[place] for place in range(len(kept))]) == json.dumps(events)
    assert json.dumps(kept[2:5]) == json.dumps(events[2:5])
    assert json.dumps(KeptEvents(events)[:]) == json.dumps(events)


def test_pieces_of_an_answer_share_what_they_have_in_common():
    kept = KeptEvents()
    for number in range(3):
        kept.append({"event": "message", "answer": f"w{number}", **SHARED})
    first, second, third = kept
    second["answer"] = "changed by a reader"
    assert [first["answer"], kept[1]["answer"], third["answer"]] == ["w0", "w1", "w2"]
    assert all(list(one) == ["event", "answer", "task_id", "created_at"] for one in kept)
