"""Journals: the file, what it survives, and what a run does when it fails."""

import asyncio
import json
import os

import pytest

from dify_runtime_sdk.workflow import File, FileType, GraphRunFailed, RunInfo, TransferMethod
from dify_workflow import FileJournal, JournalError, MemoryJournal, Run


async def entries(journal):
    return [entry async for entry in journal.read()]


async def test_entries_are_read_in_the_order_in_which_they_were_appended(tmp_path):
    async with await FileJournal.open(tmp_path / "j") as journal:
        for at in range(5000):
            journal.append({"kind": "x", "at": at, "text": "ü" * 100})
        await journal.flush()
        assert [entry["at"] async for entry in journal.read()] == list(range(5000))


async def test_what_was_appended_is_written_without_being_asked(tmp_path):
    journal = await FileJournal.open(tmp_path / "j")
    journal.append({"kind": "x"})
    while not (tmp_path / "j").stat().st_size:  # noqa: ASYNC110 - a thread writes, and tells nobody
        await asyncio.sleep(0.005)
    assert (tmp_path / "j").read_bytes() == b'{"kind":"x"}\n'
    await journal.close()


async def test_one_journal_at_a_time_has_the_file(tmp_path):
    async with await FileJournal.open(tmp_path / "j"):
        with pytest.raises(JournalError, match="in use"):
            await FileJournal.open(tmp_path / "j")
    async with await FileJournal.open(tmp_path / "j") as journal:
        assert await entries(journal) == []


@pytest.mark.parametrize("torn", [b'{"kind":"b', b"x", b"\xff\xfe", b'{"kind":"b"}'])
async def test_a_torn_last_line_is_dropped_and_writing_goes_on(tmp_path, torn):
    (tmp_path / "j").write_bytes(b'{"kind":"a"}\n' + torn)
    async with await FileJournal.open(tmp_path / "j") as journal:
        journal.append({"kind": "c"})
        assert await entries(journal) == [{"kind": "a"}, {"kind": "c"}]


async def test_a_torn_line_longer_than_a_block_is_dropped(tmp_path):
    (tmp_path / "j").write_bytes(b'{"kind":"a"}\n' + b"x" * 200_000)
    async with await FileJournal.open(tmp_path / "j") as journal:
        assert await entries(journal) == [{"kind": "a"}]


@pytest.mark.parametrize("bad", [b"nonsense", b"[1]", b""])
async def test_a_damaged_line_is_named(tmp_path, bad):
    (tmp_path / "j").write_bytes(b'{"kind":"a"}\n' + bad + b'\n{"kind":"b"}\n')
    async with await FileJournal.open(tmp_path / "j") as journal:
        with pytest.raises(JournalError, match="line 2"):
            await entries(journal)


async def test_what_cannot_be_opened_is_a_journal_error_and_stays_free(tmp_path):
    (tmp_path / "j").mkdir()
    with pytest.raises(JournalError, match="cannot be opened"):
        await FileJournal.open(tmp_path / "j")
    (tmp_path / "j").rmdir()
    async with await FileJournal.open(tmp_path / "j") as journal:
        assert await entries(journal) == []


async def test_what_is_no_json_is_refused_at_once(tmp_path):
    async with await FileJournal.open(tmp_path / "j") as journal:
        with pytest.raises(JournalError, match="no JSON"):
            journal.append({"kind": object()})


async def test_a_disk_that_fails_is_told_by_every_later_call(tmp_path):
    journal = await FileJournal.open(tmp_path / "j")
    os.close(journal._file._handle)
    journal.append({"kind": "x"})
    with pytest.raises(JournalError, match="cannot be written"):
        await journal.flush()
    with pytest.raises(JournalError, match="cannot be written"):
        journal.append({"kind": "y"})
    journal._file._handle = os.open(tmp_path / "j", os.O_RDWR)
    with pytest.raises(JournalError, match="cannot be written"):
        await journal.close()


class Failing(MemoryJournal):
    """A journal that fails after so many entries, or when it is flushed."""

    def __init__(self, entries=10**9, flush=False):
        super().__init__()
        self.left = entries
        self.fails_to_flush = flush

    def append(self, entry):
        self.left -= 1
        if self.left < 0:
            raise OSError("no space left")
        super().append(entry)

    async def flush(self):
        if self.fails_to_flush:
            raise OSError("no space left")


@pytest.mark.parametrize("count", range(9))
async def test_a_journal_that_fails_ends_the_run_with_that(kit, count):
    nodes = {"t": {"type": "talk", "chunks": ["a"]}, "out": {"type": "answer", "answer": "{{#t.text#}}"}}
    run, events = await kit.play(kit.graph(nodes, "start > t > out"), journal=Failing(count))
    assert isinstance(events[-1], GraphRunFailed)
    assert "no space left" in events[-1].error
    assert (run.outcome.status, run.outcome.error) == ("failed", events[-1].error)


async def test_a_journal_that_cannot_be_flushed_ends_the_run_with_that(kit):
    run, events = await kit.play(kit.graph({"x": {"type": "join"}}, "start > x"), journal=Failing(flush=True))
    assert isinstance(events[-1], GraphRunFailed)
    assert "no space left" in run.outcome.error


async def test_a_node_with_a_key_runs_only_when_its_start_is_durable(kit):
    journal = Failing(flush=True)
    ran = []
    kit.scripts["k"] = lambda context: ran.append(1) or {}
    run, _events = await kit.play(kit.graph({"k": {"type": "keyed"}}, "start > k"), journal=journal)
    assert ran == []
    assert "no space left" in run.outcome.error


async def test_every_event_is_told_after_its_entry(kit):
    journal = MemoryJournal()
    nodes = {"t": {"type": "talk", "chunks": ["a", "b"]}, "out": {"type": "answer", "answer": "{{#t.text#}}"}}
    run = kit.run(kit.graph(nodes, "start > t > out"), journal=journal)
    async for event in run.events():
        told = [entry["kind"] for entry in journal.entries()]
        name = kit.names([event])[0]
        if name.startswith("Started"):
            assert "start" in told
        if name == "t: a":
            assert "send" in told
        if name == "Succeeded t":
            assert told.count("done") == 2
        if name == "Run Succeeded":
            assert told[-1] == "end"


async def test_files_survive_a_restart(kit):
    file = File(
        type=FileType.IMAGE, transfer_method=TransferMethod.LOCAL_FILE, filename="a.png", related_id="1", size=3
    )
    kit.scripts["make"] = lambda context: {"file": file, "list": [file, {"deep": file}]}
    nodes = {
        "make": {"type": "script"},
        "ask": {"type": "ask"},
        "out": {
            "type": "end",
            "outputs": {"f": ["make", "file"], "l": ["make", "list"], "n": ["make", "file", "name"]},
        },
    }
    graph = kit.graph(nodes, "start > make > ask:go > out")
    journal = MemoryJournal()
    await kit.play(graph, journal=journal, inputs={"given": file})
    assert json.dumps(journal.entries())
    run = await Run.resume(graph, journal)
    run.update_variables({("ask", "choice"): "go"})
    _ = [event async for event in run.events()]
    assert run.outcome.outputs == {"f": file, "l": [file, {"deep": file}], "n": "a.png"}
    assert run.inputs == {"given": file}


async def test_secrets_of_the_environment_are_not_in_the_journal(kit):
    from dify_runtime_sdk.workflow import VariableType
    from dify_workflow import Variable

    journal = MemoryJournal()
    graph = kit.graph({"ask": {"type": "ask"}}, "start > ask")
    await kit.play(graph, journal=journal, environment=[Variable("key", "hush-hush", VariableType.SECRET)])
    assert "hush-hush" not in json.dumps(journal.entries())


async def test_a_long_iteration_leaves_one_entry_per_item_in_memory(kit):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["n", "output"],
            "start_node_id": "its",
        },
        "its": {"type": "iteration-start"},
        "n": {"type": "join", "text": "{{#it.item#}}"},
        "m": {"type": "join", "text": "{{#it.item#}}"},
    }
    journal = MemoryJournal()
    await kit.play(kit.graph(nodes, "start > it", "its > n > m"), journal=journal, inputs={"items": list(range(100))})
    assert len(journal.entries()) == 100 + 5


async def run_and_keep(kit, graph):
    journal = MemoryJournal()
    await kit.play(graph, journal=journal, info=RunInfo(run_id="r-1", user_id="u", extras={"a": [1]}))
    return journal


async def test_a_run_that_has_ended_is_known_as_such(kit):
    graph = kit.graph({"x": {"type": "end", "outputs": {"o": ["start", "a"]}}}, "start > x")
    journal = MemoryJournal()
    run, events = await kit.play(graph, journal=journal, inputs={"a": 1})
    more = await Run.resume(graph, journal)
    assert more.outcome == run.outcome
    assert [event async for event in more.events()] == []
    again = await Run.resume(graph, journal, delivered=len(events) - 2)
    assert [event async for event in again.events()] == events[-2:]


async def test_the_journal_knows_who_ran(kit):
    graph = kit.graph({"ask": {"type": "ask"}}, "start > ask")
    run = await Run.resume(graph, await run_and_keep(kit, graph))
    assert run.info == RunInfo(run_id="r-1", user_id="u", extras={"a": [1]})
    other = await Run.resume(graph, await run_and_keep(kit, graph), info=RunInfo(run_id="r-2"))
    assert other.info.run_id == "r-2"


async def test_a_journal_of_another_graph_is_refused(kit):
    graph = kit.graph({"ask": {"type": "ask"}}, "start > ask")
    other = kit.graph({"ask": {"type": "ask", "title": "changed"}}, "start > ask")
    with pytest.raises(JournalError, match="another graph"):
        await Run.resume(other, await run_and_keep(kit, graph))


async def test_an_empty_a_foreign_and_a_newer_journal_are_refused(kit):
    graph = kit.graph({"ask": {"type": "ask"}}, "start > ask")
    with pytest.raises(JournalError, match="empty"):
        await Run.resume(graph, MemoryJournal())
    foreign = MemoryJournal()
    foreign.append({"kind": "done"})
    with pytest.raises(JournalError, match="does not begin"):
        await Run.resume(graph, foreign)
    newer = MemoryJournal()
    newer.append({"kind": "run", "version": 99})
    with pytest.raises(JournalError, match="99"):
        await Run.resume(graph, newer)


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "unheard-of"},
        {"kind": "start", "n": 9, "node": "gone", "at": 1.0},
        {"kind": "done", "n": 9, "at": 1.0},
        {"kind": "done"},
        {"kind": "item", "counts": []},
    ],
)
async def test_entries_that_do_not_fit_are_refused(kit, entry):
    graph = kit.graph({"ask": {"type": "ask"}}, "start > ask")
    journal = await run_and_keep(kit, graph)
    journal.append(entry)
    with pytest.raises(JournalError):
        await Run.resume(graph, journal)


async def test_extras_that_are_no_json_end_the_run_with_that(kit):
    graph = kit.graph({"x": {"type": "join"}}, "start > x")
    run, events = await kit.play(graph, journal=MemoryJournal(), info=RunInfo(run_id="r", extras={"a": object()}))
    assert isinstance(events[-1], GraphRunFailed)
    assert "extras" in run.outcome.error
