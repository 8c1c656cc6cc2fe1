import asyncio
import threading

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from dify_database import Database, UnitError, count_statements, uuid4_text
from plugins.database.tests.notes import PLUGINS, Note, add, make_tables, titles

NOTES = Note.__table__
TAKEN = uuid4_text()


@pytest.fixture
async def database(runtime, database_settings) -> Database:
    return await make_tables((await runtime(PLUGINS, settings=database_settings)).services)


def adding(key, title):
    return lambda connection: connection.execute(insert(NOTES), {"id": key, "title": title})


async def test_a_plain_unit_is_committed_when_it_returns_and_its_result_returned(database):
    result = await database.write_plain(lambda connection: adding(uuid4_text(), "one")(connection).rowcount)

    assert result == 1
    assert await database.read(titles) == ["one"]
    assert await database.read_plain(lambda connection: connection.execute(select(NOTES.c.title)).scalars().all()) == [
        "one"
    ]


async def test_a_plain_unit_that_raises_is_undone(database):
    def unit(connection):
        adding(uuid4_text(), "one")(connection)
        raise RuntimeError("after all not")

    with pytest.raises(RuntimeError, match="after all not"):
        await database.write_plain(unit)

    assert await database.read(titles) == []


async def test_units_of_both_kinds_that_fail_among_others_fail_alone(database):
    await database.write_plain(adding(TAKEN, "first"))

    async def late(session):
        session.add(Note(id=TAKEN, title="never"))

    units = [
        database.write_plain(adding(uuid4_text(), "a")),
        database.write(add("b")),
        database.write_plain(adding(TAKEN, "never")),
        database.write_plain(adding(uuid4_text(), "c")),
        database.write(late),
        database.write_plain(adding(TAKEN, "never")),
        database.write(add("d")),
    ]
    outcomes = await asyncio.gather(*units, return_exceptions=True)

    assert [isinstance(outcome, IntegrityError) for outcome in outcomes] == [
        False,
        False,
        True,
        False,
        True,
        True,
        False,
    ]
    assert await database.read(titles) == ["a", "b", "c", "d", "first"]


async def test_a_plain_unit_that_reads_cannot_write(database):
    with pytest.raises(UnitError):
        await database.read_plain(adding(uuid4_text(), "one"))

    assert await database.read(titles) == []


async def test_a_plain_unit_inside_another_unit_is_refused(database):
    async def unit(_session):
        await database.write_plain(adding(uuid4_text(), "one"))

    with pytest.raises(UnitError):
        await database.write(unit)


async def test_the_statements_of_a_plain_unit_are_counted(database):
    def unit(connection):
        connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT 2"))

    with count_statements() as count:
        await database.write_plain(unit)

    assert count.statements == ["SELECT 1", "SELECT 2"]


async def test_a_plain_unit_cancelled_while_it_runs_is_undone_and_the_next_one_runs(runtime):
    database = await make_tables((await runtime(PLUGINS)).services)
    began, go_on = threading.Event(), threading.Event()

    def unit(connection):
        adding(uuid4_text(), "one")(connection)
        began.set()
        go_on.wait(10)

    task = asyncio.create_task(database.write_plain(unit))
    await asyncio.to_thread(began.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    await database.write_plain(adding(uuid4_text(), "two"))
    assert await database.read(titles) == ["two"]


async def test_a_cancelled_plain_read_gives_its_connection_back(runtime):
    database = await make_tables((await runtime(PLUGINS)).services)
    began, go_on = threading.Event(), threading.Event()

    def unit(connection):
        connection.execute(text("SELECT 1"))
        began.set()
        go_on.wait(10)

    task = asyncio.create_task(database.read_plain(unit))
    await asyncio.to_thread(began.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert database.pool().checked_out == 0
    assert await database.read(titles) == []
