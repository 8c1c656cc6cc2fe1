"""Runs that wait for somebody: kept, taken up by any process, and read over the pause."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from dify_apps import AppModeOffer
from dify_apps.runs.forms import TIMED_OUT, answer_form, answers_of
from dify_apps.runs.generator import GeneratorService
from dify_apps.runs.keeper import Keeper
from dify_apps.runs.modes import Modes
from dify_apps.runs.readers import FollowingReader
from dify_apps.settings import AppsSettings
from dify_apps.tables.runs import RUNTIME_FORMS, RUNTIME_RUNS
from dify_database import utc_now, uuid4_text
from dify_runtime_sdk import Registry
from dify_runtime_sdk.cache import Cache
from plugins.apps.tests.running import APP, ScriptedMode, plugins_with, request

PAUSE = {"event": "workflow_paused", "data": {}}
FORM = "44444444-4444-4444-8444-444444444444"


class WaitingMode(ScriptedMode):
    """Says `a` and waits for a form; once it goes on it does so again, and then says `b` and `c`."""

    def __init__(self):
        super().__init__()
        self.stored = {"n": 1}
        self.forms = [FORM]

    async def run(self, prepared, output):
        output.emit({"event": "message", "answer": "a"})
        if prepared.run_id not in self.resumed:
            output.record(*(form_row(one, prepared.run_id) for one in self.forms))
            await output.pause(PAUSE)
            return
        output.emit(PAUSE)
        output.emit({"event": "message", "answer": "b"})
        await output.end({"event": "message_end", "answer": "c"})


def form_row(form_id, run_id):
    common = {"app_id": APP.id, "tenant_id": APP.tenant_id, "node_id": "ask", "form": "{}"}
    values = {"id": form_id, "run_id": run_id, "expires_at": utc_now() + timedelta(hours=1), **common}
    return insert(RUNTIME_FORMS).values(**values), None


@pytest.fixture
def mode():
    return WaitingMode()


@pytest.fixture
def plugins(mode):
    return plugins_with(mode)


@pytest.fixture
async def processes(booted, database, mode):
    """Two generators on one database and one cache, each with a keeper, stand for two processes."""
    offers = Registry("app mode")

    async def make(_runtime):
        return mode

    offers.add("scripted", AppModeOffer("scripted", make), owner="test")
    cache, made = await booted.services.get(Cache), []
    for name in ("here", "there"):
        modes = Modes(offers, None)
        generator = GeneratorService(modes, database, cache, AppsSettings(), holder=name, alone=False)
        made.append((generator, Keeper(generator, modes, database, alone=False, keep=600)))
    yield made
    for generator, _ in made:
        await generator.close()


async def waiting(generator):
    """A run that waits; its id."""
    reader = await generator.generate(request(streaming=True))
    events = [one.event async for one in reader.events()]
    assert [one["event"] for one in events] == ["message", "workflow_paused"]
    return events[0]["message_id"]


async def said(reader, after=None):
    """What a reader gets, by number."""
    names = {"workflow_paused": "|"}
    found = [one async for one in reader.events(after=after) if one.event is not None]
    return [int(one.id) for one in found], "".join(
        names.get(one.event["event"]) or one.event["answer"] for one in found
    )


async def test_a_run_goes_on_in_another_process_with_what_it_told_before(database, processes):
    (here, _), (there, keeper) = processes
    run_id = await waiting(here)
    assert await answer_form(database, FORM, run_id, {"action": "go"})
    await keeper.look()
    numbers, text = await said(await there.reader(run_id=run_id, app_id=APP.id))
    assert (numbers, text) == ([1, 2, 3, 4], "a|bc")
    assert await answers_of(database, run_id) == {("ask", FORM): {"action": "go"}}


async def test_a_reader_of_another_process_stays_over_the_pause(database, processes):
    (here, _), (there, keeper) = processes
    run_id = await waiting(here)

    async def find():
        return await here.reader(run_id=run_id, app_id=APP.id)

    reader = await find()
    assert (reader.told, reader.waits) == (2, True)
    assert await said(FollowingReader(reader)) == ([1, 2], "a|")
    staying = asyncio.create_task(said(FollowingReader(reader, find)))
    late = asyncio.create_task(said(FollowingReader(reader), after="2"))
    await answer_form(database, FORM, run_id, {})
    await keeper.look()
    assert await asyncio.wait_for(staying, 30) == ([1, 2, 3, 4], "a|bc")
    assert await asyncio.wait_for(late, 30) == ([3, 4], "bc")
    over = await there.reader(run_id=run_id, app_id=APP.id)
    assert (over.told, over.waits) == (3, False)


async def test_a_run_goes_on_when_its_last_form_is_answered(database, processes, mode):
    second = FORM[:-1] + "5"
    mode.forms = [FORM, second]
    (here, keeper), _ = processes
    run_id = await waiting(here)
    assert await answer_form(database, FORM, run_id, {})
    await keeper.look()
    assert mode.resumed == []
    assert not await answer_form(database, FORM, run_id, {})
    assert await answer_form(database, second, run_id, {})
    await keeper.look()
    assert mode.resumed == [run_id]


async def test_a_form_that_is_late_is_answered_by_the_clock(database, processes, mode):
    (here, keeper), _ = processes
    run_id = await waiting(here)
    late = update(RUNTIME_FORMS).values(expires_at=utc_now() - timedelta(seconds=1))
    await database.write(lambda session: session.execute(late))
    await keeper.look()
    assert mode.resumed == [run_id]
    assert await answers_of(database, run_id) == {("ask", FORM): TIMED_OUT}


async def test_a_run_whose_process_died_after_the_pause_tells_nothing_twice(database, processes, mode):
    run_id = uuid4_text()
    told = [{"event": "message", "answer": "a"}, PAUSE]
    row = {
        **{"task_id": uuid4_text(), "run_id": run_id, "app_id": APP.id, "tenant_id": APP.tenant_id, "mode": APP.mode},
        **{"holder": "dead", "held_until": utc_now() - timedelta(hours=1), "created_at": utc_now()},
        **{"stored": json.dumps({"n": 1}), "events": json.dumps(told)},
    }
    await database.write(lambda session: session.execute(insert(RUNTIME_RUNS).values(**row)))
    (here, keeper), _ = processes
    await keeper.look()
    assert await said(await here.reader(run_id=run_id, app_id=APP.id)) == ([1, 2, 3, 4], "a|bc")


async def test_the_forms_of_a_run_go_with_what_is_kept_of_it(database, processes):
    (here, keeper), _ = processes
    run_id = await waiting(here)
    await answer_form(database, FORM, run_id, {})
    await keeper.look()
    await said(await here.reader(run_id=run_id, app_id=APP.id))
    old = update(RUNTIME_RUNS).values(ended_at=utc_now() - timedelta(hours=1))
    await database.write(lambda session: session.execute(old))
    await keeper.look()
    assert list(await database.read(lambda session: session.scalars(select(RUNTIME_FORMS.c.id)))) == []
