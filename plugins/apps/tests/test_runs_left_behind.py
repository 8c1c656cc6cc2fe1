"""What becomes of runs whose process died, and of rows that nobody reads any more."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from dify_apps import Generator
from dify_apps.runs.keeper import BROKEN_OFF, Keeper
from dify_apps.tables.runs import RUNTIME_RUN_JOURNALS, RUNTIME_RUNS
from dify_database import Database, utc_now, uuid4_text
from plugins.apps.tests.running import APP, Gate, ScriptedMode, answer, plugins_with, request, row, rows

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def mode() -> ScriptedMode:
    return ScriptedMode()


@pytest.fixture
def plugins(mode):
    return plugins_with(mode)


@pytest.fixture
async def generator(booted):
    return await booted.services.get(Generator)


@pytest.fixture
def keeper(generator, database) -> Keeper:
    """A keeper that looks when the test says so, in a deployment of several processes."""
    return Keeper(generator, generator._modes, database, alone=False, keep=600)


async def leave(database, *, stored: dict | None, held_until=-LONG_AGO, entries=()) -> str:
    """A run as a process that died leaves it; returns its id."""
    run_id = uuid4_text()

    async def unit(session):
        await session.execute(
            insert(RUNTIME_RUNS).values(
                task_id=uuid4_text(),
                run_id=run_id,
                app_id=APP.id,
                tenant_id=APP.tenant_id,
                mode=APP.mode,
                holder="dead",
                held_until=utc_now() + held_until,
                stored=None if stored is None else json.dumps(stored),
                created_at=utc_now(),
            )
        )
        await session.execute(row("begun")[0])
        for part, text in enumerate(entries):
            await session.execute(
                insert(RUNTIME_RUN_JOURNALS).values(run_id=run_id, part=part, entries=json.dumps(text))
            )

    await database.write(unit)
    return run_id


async def events(generator, run_id) -> list[dict]:
    reader = await generator.reader(run_id=run_id, app_id=APP.id)
    return [one.event async for one in reader.events() if one.event is not None]


async def test_a_run_goes_on_from_its_journal(generator, database, keeper, mode):
    run_id = await leave(database, stored={"n": 1}, entries=[[{"kind": "a"}, {"kind": "b"}], [{"kind": "c"}]])
    seen = []

    async def script(prepared, output):
        seen.append((prepared.stored, [entry["kind"] async for entry in output.journal.read()]))
        output.journal.append({"kind": "d"})
        await output.committed()
        await answer(prepared, output)

    mode.script = script
    await keeper.look()
    assert [one["answer"] for one in await events(generator, run_id)] == ["a", "b"]
    assert seen == [({"n": 1}, ["a", "b", "c"])]
    assert mode.ended == []
    parts = await database.read(
        lambda session: session.scalars(select(RUNTIME_RUN_JOURNALS.c.entries).order_by(RUNTIME_RUN_JOURNALS.c.part))
    )
    assert json.loads(list(parts)[-1]) == [{"kind": "d"}]


async def test_a_run_that_cannot_go_on_is_ended_with_an_error(generator, database, keeper, mode):
    run_id = await leave(database, stored=None)
    await keeper.look()
    assert mode.ended == [(run_id, BROKEN_OFF)]
    assert await rows(database) == ["broken off"]
    [event] = await events(generator, run_id)
    assert (event["event"], event["message"]) == ("error", BROKEN_OFF)


async def test_a_run_that_is_held_is_left_alone(database, keeper, mode):
    await leave(database, stored={"n": 1}, held_until=LONG_AGO)
    await keeper.look()
    assert mode.resumed == mode.ended == []


async def test_alone_a_process_takes_what_others_held_at_once(generator, database, mode):
    await leave(database, stored=None, held_until=LONG_AGO)
    await Keeper(generator, generator._modes, database, alone=True, keep=600).look()
    assert len(mode.ended) == 1


async def test_of_several_processes_one_gets_a_run(generator, database, mode):
    for _ in range(5):
        await leave(database, stored=None)
    keepers = [Keeper(generator, generator._modes, database, alone=False, keep=600) for _ in range(3)]
    await asyncio.gather(*(keeper.look() for keeper in keepers))
    assert len(mode.ended) == 5
    assert len(set(mode.ended)) == 5


async def test_a_run_of_a_mode_that_is_gone_is_ended(database, keeper):
    run_id = await leave(database, stored=None)

    async def rename(session):
        await session.execute(RUNTIME_RUNS.update().values(mode="unheard-of"))

    await database.write(rename)
    await keeper.look()
    held = await database.read(
        lambda session: session.scalar(select(RUNTIME_RUNS.c.holder).where(RUNTIME_RUNS.c.run_id == run_id))
    )
    assert held is None


async def test_a_run_that_goes_on_is_held_on_to(generator, database, keeper, mode):
    gate = Gate()

    async def script(prepared, output):
        await output.committed()
        await gate.wait()
        await answer(prepared, output)

    mode.script = script
    reader = await generator.generate(request(streaming=True))
    await gate.reached.wait()

    async def expire(session):
        await session.execute(RUNTIME_RUNS.update().values(held_until=utc_now() - LONG_AGO))

    await database.write(expire)
    await keeper.look()
    held = await database.read(lambda session: session.scalar(select(RUNTIME_RUNS.c.held_until)))
    assert held > utc_now()
    gate.free.set()
    assert len([one async for one in reader.events()]) == 2
    assert mode.resumed == []


async def test_a_process_that_stops_leaves_its_runs_to_others(runtime, mode, tmp_path):
    gate = Gate()

    async def script(prepared, output):
        output.journal.append({"kind": "half-way"})
        await output.committed()
        await gate.wait()

    mode.script, mode.stored = script, {"n": 1}
    booted = await runtime(plugins_with(mode))
    await (await booted.services.get(Generator)).generate(request(streaming=True))
    await gate.reached.wait()
    await runtime.stop()

    mode.script = answer
    again = await runtime(plugins_with(mode))
    generator, database = await again.services.get(Generator), await again.services.get(Database)
    run_id = await database.read(lambda session: session.scalar(select(RUNTIME_RUNS.c.run_id)))
    assert [one["answer"] for one in await events(generator, run_id)] == ["a", "b"]
    assert mode.resumed == [run_id]


async def test_what_was_kept_for_late_readers_is_dropped_with_its_journal(generator, database, mode):
    async def script(prepared, output):
        output.journal.append({"kind": "a"})
        await output.committed()
        await answer(prepared, output)

    mode.script = script
    reader = await generator.generate(request(streaming=True))
    _ = [one async for one in reader.events()]
    await Keeper(generator, generator._modes, database, alone=False, keep=600).look()
    assert await counted(database) == (1, 1)
    await Keeper(generator, generator._modes, database, alone=False, keep=0).look()
    assert await counted(database) == (0, 0)


async def counted(database) -> tuple[int, int]:
    tables = (RUNTIME_RUNS, RUNTIME_RUN_JOURNALS)
    found = [
        await database.read(lambda session, table=table: session.scalar(select(func.count()).select_from(table)))
        for table in tables
    ]
    return found[0], found[1]


async def test_the_operator_says_how_long_events_are_kept(runtime, mode):
    from dify_apps.settings import AppsSettings

    booted = await runtime(plugins_with(mode), settings={"RUN_EVENTS_SECONDS": 5})
    assert booted.settings(AppsSettings).RUN_EVENTS_SECONDS == 5
