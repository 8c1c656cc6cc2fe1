import asyncio
import logging

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from dify_database import Database, DatabaseUnavailable
from dify_runtime_sdk import Introspection
from plugins.database.tests.notes import PLUGINS, Note, add, make_tables, titles


@pytest.fixture
async def booted(runtime, postgres_settings):
    return await runtime(PLUGINS, settings=postgres_settings)


@pytest.fixture
async def database(booted) -> Database:
    return await make_tables(booted.services)


@pytest.fixture
def kill_connections(postgres_server, postgres_settings):
    """Has the server end all connections to the database of the test, and returns when they have ended."""
    others = f"datname = '{postgres_settings['DB_DATABASE']}' AND pid <> pg_backend_pid()"
    sql = f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others}"
    return lambda: asyncio.to_thread(postgres_server.run, sql)


async def test_requests_get_503_while_the_server_is_down_and_recover_without_a_restart(
    booted, database, postgres_server, postgres_settings, caplog
):
    async def request(number: int):
        return await booted.client.post(f"/notes/{number}")

    assert (await request(0)).status_code == 200
    under_way = [asyncio.create_task(request(number)) for number in range(1, 40)]
    await asyncio.sleep(0)
    postgres_server.kill()
    try:
        answers = await asyncio.gather(*under_way)
        assert {answer.status_code for answer in answers} <= {200, 503}
        for down in (await booted.client.get("/notes"), await request(100)):
            assert down.status_code == 503
            assert down.headers["Retry-After"] == "1"
            message = "The database cannot be reached at the moment. Try again shortly."
            assert down.json() == {"code": "service_unavailable", "message": message, "status": 503}
        readiness = await (await booted.services.get(Introspection)).readiness()
        assert readiness.status == "not_ready"
    finally:
        postgres_server.start()
    assert (await request(101)).status_code == 200
    stored = set((await booted.client.get("/notes")).json())
    assert {"0", "101"} | {str(n) for n, one in enumerate(answers, 1) if one.status_code == 200} <= stored
    assert (await (await booted.services.get(Introspection)).readiness()).status == "ready"
    assert caplog.text.count(" fails: ") == 1
    assert postgres_settings["DB_PASSWORD"] not in caplog.text


async def test_connections_that_the_server_closed_while_idle_are_replaced_unnoticed(database, kill_connections, caplog):
    await asyncio.gather(*(database.write(add(f"{number}")) for number in range(5)))
    await kill_connections()
    await asyncio.gather(*(database.write(add(f"more {number}")) for number in range(5)))
    assert len(await database.read(titles)) == 10
    assert "fails" not in caplog.text


async def test_a_write_whose_connection_breaks_before_the_commit_runs_again(database, kill_connections):
    runs = []

    async def unit(session):
        session.add(Note(title=f"run {len(runs)}"))
        await session.flush()
        runs.append(1)
        if len(runs) == 1:
            await kill_connections()
            await session.execute(select(1))

    await database.write(unit)
    assert await database.read(titles) == ["run 1"]


async def test_a_write_whose_connection_breaks_every_time_is_given_up(database, kill_connections):
    runs = []

    async def unit(session):
        runs.append(1)
        await session.execute(select(1))
        await kill_connections()
        await session.execute(select(1))

    with pytest.raises(DatabaseUnavailable):
        await database.write(unit)
    assert len(runs) == 2


async def test_a_read_whose_connection_breaks_runs_again(database, kill_connections):
    await database.write(add("one"))
    runs = []

    async def unit(session):
        runs.append(1)
        await session.execute(select(1))
        if len(runs) == 1:
            await kill_connections()
        return await titles(session)

    assert await database.read(unit) == ["one"]
    assert len(runs) == 2


async def test_a_commit_whose_outcome_is_unknown_is_not_repeated(database, kill_connections, caplog):
    await database.write(lambda session: session.execute(text("CREATE TABLE slow (id INT)")))
    function = (
        "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'"
    )
    await database.write(lambda session: session.execute(text(function)))
    trigger = "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    await database.write(lambda session: session.execute(text(f"{trigger} EXECUTE FUNCTION pause()")))
    runs = []

    async def unit(session):
        runs.append(1)
        await session.execute(text("INSERT INTO slow VALUES (1)"))

    task = asyncio.create_task(database.write(unit))
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    while not await database.read(lambda session: session.scalar(waiting)):  # noqa: ASYNC110 - the server knows
        await asyncio.sleep(0.01)
    await kill_connections()
    with pytest.raises(DatabaseUnavailable, match="Look whether it is there before you try again"):
        await task
    assert len(runs) == 1
    assert "may or may not be done" in caplog.text


async def test_a_unit_that_loses_against_another_transaction_runs_again(database):
    await database.write(lambda session: session.execute(insert(Note), [{"title": "a"}, {"title": "b"}]))
    first_locks = asyncio.Barrier(2)
    runs = []

    def touch(one: str, other: str):
        async def unit(session):
            runs.append(1)
            await session.execute(update(Note).where(Note.title == one).values(created_at=Note.created_at))
            if len(runs) <= 2:
                await first_locks.wait()
            await session.execute(update(Note).where(Note.title == other).values(created_at=Note.created_at))

        return unit

    await asyncio.gather(database.write(touch("a", "b")), database.write(touch("b", "a")))
    assert len(runs) == 3


async def test_a_change_of_the_schema_does_not_disturb_those_who_read_and_write(database, postgres_server):
    where = (await database.read(lambda session: session.scalar(select(func.current_database()))),)
    everything = text("SELECT * FROM notes")
    await database.write(add("one"))
    await database.read(lambda session: session.execute(everything))
    await database.write(lambda session: session.execute(everything))
    postgres_server.run("ALTER TABLE notes ADD COLUMN body TEXT", *where)
    assert len((await database.write(lambda session: session.execute(everything))).keys()) == 4
    postgres_server.run("ALTER TABLE notes DROP COLUMN body", *where)
    assert len((await database.read(lambda session: session.execute(everything))).keys()) == 3


async def test_the_pool_is_made_as_the_settings_say(runtime, postgres_settings):
    options = {
        "SQLALCHEMY_POOL_SIZE": 3,
        "SQLALCHEMY_MAX_OVERFLOW": 2,
        "SQLALCHEMY_POOL_RECYCLE": 60,
        "SQLALCHEMY_POOL_USE_LIFO": True,
        "SQLALCHEMY_POOL_PRE_PING": True,
        "SQLALCHEMY_POOL_TIMEOUT": 5,
        "DB_CONNECT_TIMEOUT": 5,
    }
    booted = await runtime(PLUGINS, settings=postgres_settings | options)
    database = await make_tables(booted.services)
    async with database.reading() as session:
        await session.execute(select(1))
        shown = (await booted.client.get("/db-pool-stat")).json()
    assert (shown["pool_size"], shown["connection_timeout"], shown["recycle_time"]) == (3, 5, 60)
    assert (shown["checked_out_connections"], shown["checked_in_connections"]) == (1, 0)

    async def busy() -> int:
        async with database.reading() as session:
            await session.execute(select(func.pg_sleep(0.05)))
            return database.pool().checked_out

    assert max(await asyncio.gather(*(busy() for _ in range(12)))) == 5


async def test_too_few_connections_are_a_503(runtime, postgres_settings):
    limits = {"SQLALCHEMY_POOL_SIZE": 1, "SQLALCHEMY_MAX_OVERFLOW": 0, "SQLALCHEMY_POOL_TIMEOUT": 0}
    booted = await runtime(PLUGINS, settings=postgres_settings | limits)
    database = await make_tables(booted.services)
    async with database.reading() as session:
        await session.execute(select(1))
        answer = await booted.client.get("/notes")
    assert answer.status_code == 503
    assert "more to do than it can" in answer.json()["message"]
    assert (await booted.client.get("/notes")).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"DB_PASSWORD": "wrong-secret"}, "password authentication failed"),
        ({"DB_DATABASE": "nowhere"}, "does not exist"),
        ({"DB_HOST": "127.0.0.2"}, "cannot connect"),
    ],
    ids=["password", "database", "address"],
)
async def test_why_a_server_cannot_be_used_is_in_the_log_and_no_secret_with_it(
    runtime, postgres_settings, wrong, reason, caplog
):
    booted = await runtime(PLUGINS, settings=postgres_settings | wrong)
    with caplog.at_level(logging.DEBUG):
        answer = await booted.client.get("/notes")
    assert answer.status_code == 503
    assert reason in caplog.text
    assert reason not in answer.text
    for secret in ("wrong-secret", postgres_settings["DB_PASSWORD"]):
        assert secret not in caplog.text


async def test_a_statement_that_fails_shows_no_parameters(database):
    with pytest.raises(DBAPIError) as caught:
        await database.write(lambda session: session.execute(text("SELECT :x / 0").bindparams(x=4711)))
    assert "4711" not in str(caught.value)


async def test_the_session_is_in_utc_and_has_the_options_of_the_extras(runtime, postgres_settings):
    extras = {
        "DB_CHARSET": "utf8",
        "DB_EXTRAS": "application_name=notes&options=-c search_path%3Dpublic -c timezone%3DAsia/Tokyo&keepalives=1",
    }
    booted = await runtime(PLUGINS, settings=postgres_settings | extras)
    database = await booted.services.get(Database)
    async with database.reading() as session:
        shown = [await session.scalar(text(f"SHOW {name}")) for name in ("timezone", "application_name", "search_path")]
    assert shown == ["UTC", "notes", "public"]


async def test_a_server_says_that_its_state_is_shared(booted):
    assert ("database", "database") in booted.runtime.contributions("shared_backends")


async def test_the_embedded_database_is_not_shared(runtime):
    booted = await runtime(PLUGINS)
    assert booted.runtime.contributions("shared_backends") == []
