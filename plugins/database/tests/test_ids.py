import time
import uuid

from dify_database import uuid4_text, uuid7_text


def test_ids_are_the_text_of_uuids_of_their_version():
    for version, make in ((4, uuid4_text), (7, uuid7_text)):
        made = uuid.UUID(make())
        assert made.version == version
        assert made.variant == uuid.RFC_4122
        assert str(made) == str(made).lower()


def test_a_uuid7_begins_with_the_milliseconds():
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(uuid7_text()).int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_ids_made_one_after_the_other_sort_so(monkeypatch):
    moments = iter(range(1_780_000_000_000_000_000, 1_780_000_000_010_000_000, 250))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    made = [uuid7_text() for _ in range(10_000)]
    assert made == sorted(made)


def test_ids_differ():
    assert len({uuid7_text() for _ in range(10_000)}) == 10_000
