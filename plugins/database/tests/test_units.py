import asyncio
import contextlib
import gc
import logging
import weakref

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from dify_database import Database, UnitError, after_commit, count_statements
from plugins.database.tests.notes import PLUGINS, Note, NoteAdded, add, make_tables, titles


@pytest.fixture
async def booted(runtime, database_settings):
    return await runtime(PLUGINS, settings=database_settings)


@pytest.fixture
async def database(booted) -> Database:
    return await make_tables(booted.services)


async def test_a_unit_is_committed_when_it_returns_and_its_result_returned(database):
    identifier = await database.write(add("one"))
    assert await database.read(titles) == ["one"]
    async with database.reading() as session:
        assert await session.scalar(select(Note.id)) == identifier


async def test_what_a_unit_loaded_stays_usable_after_it(database):
    await database.write(add("one"))
    note = await database.read(lambda session: session.scalar(select(Note)))
    assert note.title == "one"
    assert note.created_at.tzinfo is None


async def test_a_unit_that_raises_is_undone(database):
    async def unit(session):
        session.add(Note(title="never"))
        await session.flush()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await database.write(unit)
    assert await database.read(titles) == []


async def test_units_that_fail_among_others_fail_alone(database):
    async def refuse(session):
        session.add(Note(title="refused"))
        await session.flush()
        raise RuntimeError("no")

    await database.write(add("taken"))
    units = [add("a"), refuse, add("taken"), add("b"), refuse, add("c"), add("taken")]
    outcomes = await asyncio.gather(*(database.write(unit) for unit in units), return_exceptions=True)
    kinds = [str if isinstance(one, str) else type(one) for one in outcomes]
    assert kinds == [str, RuntimeError, IntegrityError, str, RuntimeError, str, IntegrityError]
    assert await database.read(titles) == ["a", "b", "c", "taken"]


async def test_a_part_of_a_unit_can_be_undone_alone(database):
    async def unit(session):
        session.add(Note(title="kept"))
        await session.flush()
        with contextlib.suppress(IntegrityError):
            async with session.begin_nested():
                session.add(Note(title="kept"))
                await session.flush()
        session.add(Note(title="kept too"))

    await database.write(unit)
    assert await database.read(titles) == ["kept", "kept too"]


async def test_a_unit_neither_commits_nor_rolls_back(database):
    with pytest.raises(UnitError, match="does not commit"):
        await database.write(lambda session: session.commit())
    with pytest.raises(UnitError, match="does not roll back"):
        await database.write(lambda session: session.rollback())
    assert await database.write(add("still works"))


@pytest.mark.parametrize("outer", ["read", "write"])
@pytest.mark.parametrize("inner", ["read", "write"])
async def test_a_unit_inside_another_is_refused_and_both_are_named(database, outer, inner):
    async def outer_unit(_session):
        await getattr(database, inner)(titles)

    with pytest.raises(UnitError, match=r"titles begins inside unit .*outer_unit.*pass the session on"):
        await getattr(database, outer)(outer_unit)
    assert await database.read(titles) == []


@pytest.mark.parametrize(
    "statement",
    [insert(Note).values(title="no"), text("  delete from notes"), text("UPDATE notes SET title = 'x'")],
    ids=["core", "text", "upper case"],
)
@pytest.mark.parametrize("snapshot", [False, True])
async def test_a_unit_that_reads_cannot_write(database, statement, snapshot):
    await database.write(add("one"))
    with pytest.raises(UnitError, match="only reads"):
        await database.read(lambda session: session.execute(statement), snapshot=snapshot)
    assert await database.read(titles) == ["one"]


async def test_an_object_changed_while_reading_is_refused_at_the_flush(database):
    await database.write(add("one"))

    async def unit(session):
        note = await session.scalar(select(Note))
        note.title = "two"
        await session.flush()

    with pytest.raises(UnitError, match="only reads"):
        await database.read(unit)
    assert await database.read(titles) == ["one"]


@pytest.mark.parametrize(("snapshot", "seen"), [(False, 2), (True, 1)])
async def test_a_snapshot_sees_one_state_and_other_reads_the_latest(database, snapshot, seen):
    await database.write(add("one"))
    count = select(func.count()).select_from(Note)
    async with database.reading(snapshot=snapshot) as session:
        assert await session.scalar(count) == 1
        await asyncio.create_task(database.write(add("two")))
        assert await session.scalar(count) == seen


async def test_a_snapshot_can_be_streamed(database):
    async def many(session):
        await session.execute(insert(Note), [{"title": f"{number:04}"} for number in range(1500)])

    await database.write(many)
    async with database.reading(snapshot=True) as session:
        result = await session.stream_scalars(select(Note.title).order_by(Note.title).execution_options(yield_per=100))
        found = [title async for title in result]
    assert len(found) == 1500
    assert found[-1] == "1499"


async def test_a_cancelled_unit_is_undone_and_the_next_one_runs(database):
    began = asyncio.Event()

    async def unit(session):
        session.add(Note(title="cancelled"))
        await session.flush()
        began.set()
        await asyncio.sleep(0.05)

    task = asyncio.create_task(database.write(unit))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.write(add("next"))
    assert await database.read(titles) == ["next"]


async def test_a_unit_cancelled_in_the_middle_of_a_statement_leaves_the_database_usable(database):
    tasks = [asyncio.create_task(database.write(add(f"{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        await asyncio.sleep(0.001)
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    done = {str(number) for number, one in enumerate(outcomes) if isinstance(one, str)}
    assert {str(number) for number in range(1, 20, 2)} <= done
    assert done <= set(await database.read(titles))


async def test_cancelled_reads_give_their_connections_back(database):
    await database.write(add("one"))
    tasks = [asyncio.create_task(database.read(titles)) for _ in range(30)]
    for task in tasks[::2]:
        await asyncio.sleep(0.0005)
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(one == ["one"] for one in outcomes[1::2])
    assert {type(one) for one in outcomes[::2]} <= {list, asyncio.CancelledError}
    assert database.pool().checked_out == 0


async def test_events_are_published_after_the_commit_in_order(booted, database):
    seen = []

    async def look():
        seen.append(await database.read(titles))

    async def unit(session):
        session.add(Note(title="one"))
        after_commit(session, NoteAdded("one"))
        after_commit(session, look)
        after_commit(session, NoteAdded("again"))

    await database.write(unit)
    assert booted.runtime.assembly.plugins["notes"].heard == ["one", "again"]
    assert seen == [["one"]]


async def test_a_unit_that_fails_publishes_nothing(booted, database):
    async def unit(session):
        after_commit(session, NoteAdded("never"))
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await database.write(unit)
    await database.write(add("other"))
    assert booted.runtime.assembly.plugins["notes"].heard == []


async def test_what_fails_after_a_commit_is_logged_and_the_rest_goes_on(booted, database, caplog):
    async def fail():
        raise RuntimeError("too late")

    async def unit(session):
        session.add(Note(title="one"))
        after_commit(session, fail)
        after_commit(session, NoteAdded("one"))

    await database.write(unit)
    assert booted.runtime.assembly.plugins["notes"].heard == ["one"]
    assert "too late" in caplog.text


async def test_a_test_can_say_how_many_statements_a_request_issues(booted, database):
    await database.write(add("one"))
    with count_statements() as count:
        assert (await booted.client.get("/notes")).json() == ["one"]
    assert len(count) == 1, count
    with count_statements() as count:
        assert (await booted.client.post("/notes/two")).status_code == 200
        assert (await booted.client.get("/notes")).json() == ["one", "two"]
    assert [one.split()[0] for one in count.statements] == ["INSERT", "SELECT"], count


async def test_statements_of_others_are_not_counted(database):
    other = asyncio.create_task(asyncio.sleep(0))
    with count_statements() as count:
        await other
        await database.read(titles)
    await database.read(titles)
    assert len(count) == 1, count
    assert str(count).startswith("SELECT")


async def test_the_pool_is_shown(booted, database):
    await database.read(titles)
    body = (await booted.client.get("/db-pool-stat")).json()
    names = ("pid", "pool_size", "checked_in_connections", "checked_out_connections", "overflow_connections")
    assert tuple(body) == (*names, "connection_timeout", "recycle_time")
    async with database.reading() as session:
        await session.execute(select(1))
        busy = (await booted.client.get("/db-pool-stat")).json()
    assert busy["checked_out_connections"] == 1 + body["checked_out_connections"] == 1


async def test_a_long_unit_is_named_in_the_log(runtime, database_settings, caplog):
    booted = await runtime(PLUGINS, settings={**database_settings, "DB_SLOW_UNIT": 0.01})
    database = await make_tables(booted.services)

    async def dawdling(session):
        await session.execute(select(1))
        await asyncio.sleep(0.1)  # holding the connection is what it does wrong

    with caplog.at_level(logging.WARNING):
        await database.write(dawdling)
        async with database.reading():
            await asyncio.sleep(0.1)
    assert "dawdling has held a connection" in caplog.text
    assert "reading() in test_a_long_unit_is_named_in_the_log has held a connection" in caplog.text


async def test_a_slow_statement_is_logged_without_its_parameters(runtime, database_settings, caplog):
    booted = await runtime(PLUGINS, settings={**database_settings, "DB_SLOW_QUERY": 0.000001})
    database = await make_tables(booted.services)
    await database.write(add("confidential"))
    assert "slow statement" in caplog.text
    assert "INSERT INTO notes" in caplog.text
    assert "confidential" not in caplog.text


async def test_what_a_unit_held_is_let_go_with_its_end(database):
    class Rows:
        """What a unit writes, for one."""

    async def insert_rows() -> "weakref.ref[Rows]":
        rows = Rows()

        async def unit(session):
            assert rows is not None
            await session.execute(text("SELECT 1"))

        await database.write(unit)
        return weakref.ref(rows)

    held = await insert_rows()
    gc.collect()
    assert held() is None
