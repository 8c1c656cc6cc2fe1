import asyncio
import contextlib
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from dify_database import Database, DatabaseError, DatabaseUnavailable, after_commit
from dify_database.backends import writer
from plugins.database.tests import processes
from plugins.database.tests.notes import PLUGINS, Note, NoteAdded, add, make_tables, titles


@pytest.fixture
async def booted(runtime):
    return await runtime(PLUGINS)


@pytest.fixture
async def database(booted) -> Database:
    return await make_tables(booted.services)


@pytest.fixture
def path(booted):
    return booted.runtime.home / "dify.db"


def statement(sql: str):
    return lambda session: session.execute(text(sql))


async def add_nothing(session):
    await session.execute(text("SELECT 1"))


async def together(database, *units):
    """Write units in one group: the first keeps the writer busy until all are in the queue."""
    queued = asyncio.Event()

    async def first(session):
        await session.execute(text("SELECT 1"))
        await queued.wait()

    tasks = [asyncio.create_task(database.write(unit)) for unit in (first, *units)]
    await asyncio.sleep(0)
    queued.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    return outcomes[1:]


async def test_two_processes_with_64_writers_each_lose_nothing_and_are_never_refused(booted, database):
    started = [await processes.start("write", str(booted.runtime.home), name, "64", "10") for name in ("one", "two")]
    await processes.open_gates(started)
    await asyncio.gather(*(processes.finish(process) for process in started))
    assert len(await database.read(titles)) == 2 * 64 * 10


async def test_a_commit_that_fails_costs_only_the_unit_at_fault(database):
    await database.write(statement("CREATE TABLE one (id INTEGER PRIMARY KEY)"))
    reference = "REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED"
    await database.write(statement(f"CREATE TABLE two (one_id INTEGER {reference})"))
    runs = []

    async def counted(session):
        runs.append(1)
        await session.execute(text("INSERT INTO one VALUES (1)"))

    wrong = statement("INSERT INTO two VALUES (7)")
    outcomes = await together(database, counted, wrong, add("good"))
    assert outcomes[0] is None
    assert isinstance(outcomes[1], IntegrityError)
    assert isinstance(outcomes[2], str)
    assert await database.read(titles) == ["good"]
    assert len(runs) == 2


async def test_whoever_is_told_of_a_failure_can_read_what_made_it_fail(database):
    async def make_once(session):
        if await titles(session):
            raise LookupError("it is there")
        session.add(Note(title="the one"))

    async def attempt():
        try:
            await database.write(make_once)
        except LookupError:
            return await database.read(titles)
        return "made"

    gate = asyncio.create_task(together(database, *[add_nothing] * 8))
    outcomes = await asyncio.gather(*(attempt() for _ in range(8)))
    await gate
    assert sorted(map(str, outcomes)) == ["['the one']"] * 7 + ["made"]


async def test_a_full_disk_fails_those_that_do_not_fit_and_the_others_are_stored(database):
    pages = await database.read(lambda session: session.scalar(text("PRAGMA page_count")))
    await database.write(statement(f"PRAGMA max_page_count = {pages + 3}"))
    big = statement("INSERT INTO notes (id, title) VALUES ('x', hex(randomblob(1000000)))")
    outcomes = await together(database, add("a"), big, add("b"))
    assert isinstance(outcomes[1], DatabaseUnavailable)
    assert outcomes[1].message == "The database cannot store anything more."
    assert await database.read(titles) == ["a", "b"]


async def test_a_unit_cancelled_before_its_turn_never_runs(database):
    blocked, ran = asyncio.Event(), []

    async def first(_session):
        await blocked.wait()

    async def second(_session):
        ran.append(1)

    one = asyncio.create_task(database.write(first))
    two = asyncio.create_task(database.write(second))
    await asyncio.sleep(0)
    two.cancel()
    blocked.set()
    await one
    with pytest.raises(asyncio.CancelledError):
        await two
    assert ran == []


async def test_events_of_a_committed_unit_are_published_though_its_caller_was_cancelled(booted, database):
    async def unit(session):
        session.add(Note(title="one"))
        after_commit(session, NoteAdded("one"))

    async def last(_session):
        task.cancel()  # the first unit has run by now, and is not committed yet

    task = asyncio.create_task(database.write(unit))
    other = asyncio.create_task(database.write(last))
    await other
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    await database.write(add("another"))
    assert await database.read(titles) == ["another", "one"]
    assert booted.runtime.assembly.plugins["notes"].heard == ["one"]


async def test_units_wait_while_another_process_has_the_lock(database, path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(database.write(add("waiting")))
        await asyncio.wait((task,), timeout=0.2)
        assert not task.done()
        assert await database.read(titles) == []
        other.execute("COMMIT")
    await task
    assert await database.read(titles) == ["waiting"]


async def test_a_unit_that_raises_before_its_first_statement_leaves_the_lock_free(database, path):
    async def unit(_session):
        raise RuntimeError("at once")

    with pytest.raises(RuntimeError):
        await database.write(unit)
    await database.read(titles)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        assert other.execute("BEGIN IMMEDIATE")


async def test_units_that_wait_too_long_are_refused_and_later_ones_succeed(database, path, monkeypatch):
    monkeypatch.setattr(writer, "_PATIENCE", 0.0)
    await database.write(statement("PRAGMA busy_timeout = 20"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match="more to do"):
            await database.write(add("refused"))
        other.execute("COMMIT")
    await database.write(add("later"))
    assert await database.read(titles) == ["later"]


async def test_what_is_queued_when_the_runtime_stops_is_written(runtime, booted, database, path):
    tasks = [asyncio.create_task(database.write(add(f"{number}"))) for number in range(30)]
    await asyncio.sleep(0)
    await runtime.stop()
    assert all(isinstance(one, str) for one in await asyncio.gather(*tasks))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (30,)


async def test_after_the_stop_writing_is_an_error(runtime, database):
    await runtime.stop()
    with pytest.raises(DatabaseError, match="closed"):
        await database.write(add("too late"))


async def test_a_reader_does_not_wait_for_the_writer(database):
    wrote, go = asyncio.Event(), asyncio.Event()

    async def unit(session):
        session.add(Note(title="one"))
        await session.flush()
        wrote.set()
        await go.wait()

    task = asyncio.create_task(database.write(unit))
    await wrote.wait()
    assert await database.read(titles) == []
    go.set()
    await task
    assert await database.read(titles) == ["one"]


async def test_the_file_is_prepared_for_readers_beside_a_writer(booted, database, path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    async with database.reading() as session:
        assert await session.scalar(text("PRAGMA query_only")) == 1
    foreign_keys = await database.write(lambda session: session.scalar(text("PRAGMA foreign_keys")))
    assert foreign_keys == 1


async def test_a_home_that_is_a_file_stops_the_boot_with_its_reason(runtime, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match=r"cannot be opened: .*DIFY_RUNTIME_HOME"):
        await runtime(PLUGINS, environ={"DIFY_RUNTIME_HOME": str(tmp_path / "file" / "home")})
