import pytest

from dify_foundation.process import ProcessWide


def test_it_is_made_once_and_undone_by_the_last_one_to_leave():
    events = []

    def make():
        events.append("make")
        return object()

    shared = ProcessWide(make, lambda _: events.append("undo"))
    assert shared.join() is shared.join()
    shared.leave()
    assert events == ["make"]
    shared.leave()
    assert events == ["make", "undo"]


def test_it_is_made_again_after_all_have_left():
    made = []
    shared = ProcessWide(lambda: made.append(1), lambda _: None)
    for _ in range(2):
        shared.join()
        shared.leave()
    assert len(made) == 2


def test_leaving_without_a_join_does_nothing():
    undone = []
    shared = ProcessWide(list, undone.append)
    shared.leave()
    shared.join()
    assert undone == []
    shared.leave()
    assert len(undone) == 1


def test_a_failed_make_leaves_nothing_to_undo():
    undone = []
    shared = ProcessWide(lambda: 1 / 0, undone.append)
    with pytest.raises(ZeroDivisionError):
        shared.join()
    shared.leave()
    assert undone == []
