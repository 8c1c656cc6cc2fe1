"""Runs: their answers, logs, limits, stops and failures."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from dify_apps import Generator
from dify_apps.errors import AppUnavailable, NotChatApp, TooManyRequests
from dify_apps.runs.failures import StreamedError
from dify_apps.tables.runs import RUNTIME_RUNS
from dify_database import Database, count_statements
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.models import ModelCredentialsMissingError, ModelRateLimitError
from plugins.apps.tests.running import APP, CALLER, Gate, ScriptedMode, answer, plugins_with, request, row, rows


@pytest.fixture
def mode() -> ScriptedMode:
    return ScriptedMode()


@pytest.fixture
def plugins(mode):
    return plugins_with(mode)


@pytest.fixture
async def generator(booted) -> Generator:
    return await booted.services.get(Generator)


async def events(reader, after=None) -> list[dict]:
    return [one.event async for one in reader.events(after=after) if one.event is not None]


async def test_a_blocking_client_gets_one_body_when_all_rows_are_there(generator, database):
    reader = await generator.generate(request())
    assert (await reader.answer()).body == {"answer": "ab"}
    assert await rows(database) == ["answered", "begun"]


async def test_the_rows_of_a_short_run_are_one_transaction_of_few_statements(generator):
    with count_statements() as count:
        await (await generator.generate(request())).answer()
    assert len(count) == 3, count  # the row it begins with, the row it ends with, and its own


async def test_every_event_has_the_fields_of_the_run(generator):
    reader = await generator.generate(request(streaming=True))
    first, last = await events(reader)
    assert first == {"event": "message", "answer": "a", "message_id": first["message_id"], "task_id": reader.task_id}
    assert (last["event"], last["message_id"]) == ("message_end", first["message_id"])


async def test_what_a_stream_began_with_is_committed_before_its_first_event(generator, database, mode):
    gate = Gate()

    async def script(prepared, output):
        output.emit({"event": "message", "answer": "a"})
        await gate.wait()
        await answer(prepared, output)

    mode.script = script
    reader = await generator.generate(request(streaming=True))
    stream = reader.events()
    assert (await anext(stream)).id == "1"
    assert await rows(database) == ["begun"]
    gate.free.set()
    assert [one.id async for one in stream] == ["2", "3"]


async def test_a_run_goes_on_when_its_reader_leaves_and_can_be_read_again(generator, mode):
    gate = Gate()

    async def script(prepared, output):
        output.emit({"event": "message", "answer": "x"})
        await gate.wait()
        await answer(prepared, output)

    mode.script = script
    reader = await generator.generate(request(streaming=True))
    stream = reader.events()
    run_id = (await anext(stream)).event["message_id"]
    await stream.aclose()
    gate.free.set()
    again = await generator.reader(run_id=run_id, app_id=APP.id)
    assert [one["answer"] for one in await events(again, after="1")] == ["a", "b"]


async def test_a_run_that_has_ended_is_read_from_its_row(generator):
    reader = await generator.generate(request(streaming=True))
    told = await events(reader)
    late = await generator.reader(run_id=told[0]["message_id"], app_id=APP.id)
    assert await events(late) == told
    assert await events(late, after="1") == told[1:]
    assert await events(late, after="not an id of ours") == told


async def test_a_run_of_another_app_is_not_found(generator):
    reader = await generator.generate(request(streaming=True))
    run_id = (await events(reader))[0]["message_id"]
    assert await generator.reader(run_id=run_id, app_id=CALLER.id) is None
    assert await generator.reader(run_id=CALLER.id, app_id=APP.id) is None


@pytest.mark.parametrize(
    ("error", "code", "status", "message"),
    [
        (ValueError("no"), "invalid_param", 400, "no"),
        (InvalidParam("bad"), "invalid_param", 400, "bad"),
        (ModelCredentialsMissingError("no key"), "provider_not_initialize", 400, "no key"),
        (ModelRateLimitError("slow down"), "completion_request_error", 400, "slow down"),
        (
            RuntimeError("secret"),
            "internal_server_error",
            500,
            "Internal Server Error, please contact support.",
        ),
    ],
)
async def test_what_breaks_a_run_off_is_told_and_its_rows_are_ended(
    generator, database, mode, error, code, status, message
):
    async def script(prepared, output):
        output.emit({"event": "message", "answer": "a"})
        raise error

    mode.script = script
    reader = await generator.generate(request(streaming=True))
    last = (await events(reader))[-1]
    assert (last["event"], last["code"], last["status"], last["message"]) == ("error", code, status, message)
    assert "task_id" not in last
    assert await rows(database) == ["broken off"]
    with pytest.raises(StreamedError) as caught:
        await (await generator.generate(request())).answer()
    assert (caught.value.status, caught.value.code, caught.value.message) == (status, code, message)


async def test_a_mode_that_forgets_the_end_is_a_failure(generator, mode):
    async def script(prepared, output):
        output.emit({"event": "message", "answer": "a"})

    mode.script = script
    last = (await events(await generator.generate(request(streaming=True))))[-1]
    assert last["code"] == "internal_server_error"


async def test_rows_that_are_refused_fail_the_run(generator, database, mode):
    async def script(prepared, output):
        output.record((text("INSERT INTO nowhere VALUES (1)"), None))
        await output.end({"event": "message_end", "answer": ""})

    mode.script = script
    last = (await events(await generator.generate(request(streaming=True))))[-1]
    assert last["event"] == "error"


async def test_a_request_that_is_refused_leaves_nothing(generator, database, mode):
    mode.refusal = NotChatApp()
    with pytest.raises(NotChatApp):
        await generator.generate(request())
    assert await rows(database) == []
    mode.refusal = None
    assert (await (await generator.generate(request())).answer()).status == 200


async def test_an_app_of_a_mode_that_nobody_brings_is_unavailable(generator):
    with pytest.raises(AppUnavailable):
        await generator.generate(request(app=replace(APP, mode="unheard-of")))


async def test_an_app_runs_as_often_at_once_as_it_may(generator, mode):
    gate = Gate()

    async def script(prepared, output):
        await gate.wait()
        await answer(prepared, output)

    mode.script = script
    app = replace(APP, max_active_requests=1)
    first = await generator.generate(request(app=app))
    await gate.reached.wait()
    with pytest.raises(TooManyRequests, match=APP.id):
        await generator.generate(request(app=app))
    gate.free.set()
    await first.answer()
    assert (await (await generator.generate(request(app=app))).answer()).status == 200


@pytest.mark.parametrize(
    ("settings", "own", "limit"),
    [
        ({}, None, None),
        ({"APP_DEFAULT_ACTIVE_REQUESTS": 3}, None, 3),
        ({"APP_MAX_ACTIVE_REQUESTS": 2}, 5, 2),
        ({}, 4, 4),
    ],
)
def test_the_smallest_limit_counts(settings, own, limit):
    from dify_apps.runs.generator import active_limit
    from dify_apps.settings import AppsSettings

    assert active_limit(replace(APP, max_active_requests=own), AppsSettings(**settings)) == limit


async def stoppable(prepared, output):
    """Wait for a stop, and end with its reason."""
    reason = await output.stopped()
    assert output.stopping == reason
    await output.end({"event": "message_end", "answer": reason})


async def test_a_run_is_stopped_by_its_caller_alone(generator, mode):
    mode.script = stoppable
    reader = await generator.generate(request())
    await generator.stop(reader.task_id, caller=replace(CALLER, id=APP.id))
    await generator.stop("99999999-9999-9999-9999-999999999999", caller=CALLER)
    assert generator.active.of_task(reader.task_id).stopping is None
    await generator.stop(reader.task_id, caller=CALLER)
    assert (await reader.answer()).body == {"answer": "Stopped by user."}


async def test_a_run_is_stopped_for_its_app_whoever_asks(generator, mode):
    mode.script = stoppable
    reader = await generator.generate(request())
    await generator.stop(reader.task_id, caller=None, app_id=CALLER.id)
    assert generator.active.of_task(reader.task_id).stopping is None
    await generator.stop(reader.task_id, caller=None, app_id=APP.id)
    assert (await reader.answer()).body == {"answer": "Stopped by user."}
    await generator.stop(reader.task_id, caller=None, app_id=APP.id)  # nothing any more


async def test_a_run_is_stopped_when_its_time_is_over(runtime, mode):
    booted = await runtime(plugins_with(mode), settings={"APP_MAX_EXECUTION_TIME": 1})
    mode.script = stoppable
    reader = await (await booted.services.get(Generator)).generate(request())
    assert (await reader.answer()).body == {"answer": "Stopped by user."}


async def test_a_run_is_stopped_and_read_from_another_process(runtime, tmp_path, mode, database_settings):
    """Two runtimes on one database and one cache stand for two processes."""
    from dify_apps.runs.generator import GeneratorService
    from dify_apps.runs.modes import Modes
    from dify_apps.settings import AppsSettings
    from dify_runtime_sdk import Registry
    from dify_runtime_sdk.cache import Cache

    booted = await runtime(
        plugins_with(mode), roles=("job",), settings={"MIGRATION_ENABLED": True, **database_settings}
    )
    database, cache = await booted.services.get(Database), await booted.services.get(Cache)

    class Offers(Registry):
        pass

    offers = Offers("app mode")

    async def make(_runtime):
        return mode

    from dify_apps import AppModeOffer

    offers.add("scripted", AppModeOffer("scripted", make), owner="test")

    def process(name: str) -> GeneratorService:
        return GeneratorService(Modes(offers, None), database, cache, AppsSettings(), holder=name, alone=False)

    here, there = process("here"), process("there")
    listening = asyncio.create_task(here.stopping.listen())

    async def script(prepared, output):
        output.emit({"event": "message", "answer": "a"})
        await stoppable(prepared, output)

    mode.script = script
    reader = await here.generate(request(streaming=True))
    stream = reader.events()
    run_id = (await anext(stream)).event["message_id"]
    elsewhere = await there.reader(run_id=run_id, app_id=APP.id)
    assert elsewhere.task_id == reader.task_id
    relayed = elsewhere.events()
    assert (await anext(relayed)).event["answer"] == "a"
    await there.stop(reader.task_id, caller=CALLER)
    assert [one.event["answer"] async for one in stream] == ["Stopped by user."]
    assert [one.event["answer"] async for one in relayed if one.event] == ["Stopped by user."]
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    await here.close()
    await there.close()


async def test_a_run_that_ends_while_its_rows_are_being_written_writes_them_once(
    generator, database, mode, monkeypatch
):
    from dify_apps.runs import record

    monkeypatch.setattr(record, "SOON", 0.0)

    async def script(prepared, output):
        output.record(row("half-way"))
        for _ in range(prepared.request.inputs["steps"]):  # somewhere in the middle of the timer's transaction
            await asyncio.sleep(0)
        await answer(prepared, output)

    mode.script = script
    runs = [await generator.generate(request(inputs={"steps": steps})) for steps in range(0, 60, 3)]
    assert {(await run.answer()).body["answer"] for run in runs} == {"ab"}
    assert await rows(database) == ["answered"] * 20 + ["begun"] * 20 + ["half-way"] * 20


async def test_a_run_that_another_process_took_over_writes_nothing_more(generator, database, mode):
    gate = Gate()

    async def script(prepared, output):
        await output.committed()
        await gate.wait()
        output.record(row("too late"))
        await output.end({"event": "message_end", "answer": ""})

    mode.script = script
    reader = await generator.generate(request(streaming=True))
    await gate.reached.wait()

    async def take(session):
        await session.execute(RUNTIME_RUNS.update().values(holder="another"))

    await database.write(take)
    gate.free.set()
    assert await events(reader) == []
    assert await rows(database) == ["begun"]
    holders = await database.read(lambda session: session.scalars(select(RUNTIME_RUNS.c.holder)))
    assert list(holders) == ["another"]


def test_output_moderation_looks_as_often_as_configured():
    from dify_apps.settings import AppsSettings

    assert AppsSettings(MODERATION_BUFFER_SIZE=50).MODERATION_BUFFER_SIZE == 50
