"""Processes and servers that die."""

import asyncio
import signal

import pytest

from dify_database import DatabaseUnavailable
from dify_database.testing.postgres import PostgresServer
from dify_runtime_sdk.tasks import Parcel, TaskBroker, Tasks
from plugins.tasks.tests.jobs import QUICK, WORKER, plugins, until
from plugins.tasks.tests.programs import ALL, notes, start


async def test_accepted_tasks_all_run_after_the_embedded_process_is_killed(tmp_path):
    quick = {"TASK_CONCURRENCY": 2, "TASK_LEASE": 1}
    process = await start(tmp_path, "embedded", "100", **quick)

    async def held_up():
        return len(notes(tmp_path)) == 2

    await until(held_up)
    process.kill()
    await process.wait()
    assert not [line for line in notes(tmp_path) if line.startswith("mark")]

    (tmp_path / "go").touch()
    process = await start(tmp_path, "embedded", "0", **quick)

    async def all_ran():
        lines = notes(tmp_path)
        return len([one for one in lines if one.startswith("end")]) == 2 and lines.count("mark 99") == 1

    await until(all_ran)

    async def hundred():
        return len([one for one in notes(tmp_path) if one.startswith("mark")]) == 100

    await until(hundred)
    process.terminate()
    await process.communicate()
    assert {one for one in notes(tmp_path) if one.startswith("mark")} == {f"mark {one}" for one in range(100)}


async def test_a_killed_workers_task_runs_elsewhere_within_15_s_on_a_quiet_queue(
    runtime, tmp_path, postgres_settings, redis_server
):
    settings = {**postgres_settings, **redis_server.settings}
    sender = await runtime(ALL, roles={"job"}, settings=settings)
    first = await start(tmp_path, "worker", **settings)
    await (await sender.services.get(Tasks)).enqueue("hold")

    async def begun():
        return notes(tmp_path)

    await until(begun)
    second = await start(tmp_path, "worker", **settings)
    first.kill()
    await first.wait()
    assert notes(tmp_path) == [f"begin 1 {first.pid}"]

    async def begun_again():
        return len(notes(tmp_path)) > 1

    await until(begun_again, limit=15)
    (tmp_path / "go").touch()

    async def ended():
        return notes(tmp_path)[1:] == [f"begin 2 {second.pid}", f"end 2 {second.pid}"]

    await until(ended)
    second.terminate()
    await second.communicate()
    assert second.returncode == 0


async def test_a_worker_that_is_asked_to_stop_finishes_its_task(tmp_path, runtime):
    home = tmp_path / ".dify-runtime"
    sender = await runtime(ALL, roles={"job"})
    await (await sender.services.get(Tasks)).enqueue("hold")
    process = await start(home, "worker", "--queues", "dataset", "--concurrency", "1")

    async def begun():
        return notes(home)

    await until(begun)
    process.send_signal(signal.SIGTERM)
    (home / "go").touch()
    await process.communicate()
    assert process.returncode == 0
    assert notes(home) == [f"begin 1 {process.pid}", f"end 1 {process.pid}"]


async def test_two_schedulers_queue_each_due_time_once(tmp_path, runtime):
    home = tmp_path / ".dify-runtime"
    sender = await runtime(ALL, roles={"job"})
    tasks = await sender.services.get(Tasks)
    both = [await start(home, "scheduler"), await start(home, "scheduler")]

    async def several():
        return len(await tasks.find()) >= 3

    await until(several)
    for process in both:
        process.send_signal(signal.SIGINT)
        await process.communicate()
        assert process.returncode == 0
    ids = [one.id for one in await tasks.find()]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("each second@") for one in ids)


async def run_under_load(runtime, journal, settings, server, *, forget):
    """Accept tasks while the server is killed and comes back."""
    settings = {**QUICK, **settings, **server.settings, "TASK_RESEND_AFTER": 1.0}
    booted = await runtime(plugins(journal), roles=WORKER, settings=settings)
    tasks = await booted.services.get(Tasks)
    ids: list[str] = []
    for one in range(200):
        ids.append(await tasks.enqueue("note", {"value": one}))
        if one == 60:
            server.kill()
        if one == 140:
            if forget:
                server.forget()
            await asyncio.to_thread(server.start)
    return await journal.end(*ids)


async def test_no_task_is_lost_when_redis_dies_and_comes_back(postgres_settings, redis_server, runtime, journal):
    ended = await run_under_load(runtime, journal, postgres_settings, redis_server, forget=False)
    assert ended == ["succeeded"] * 200
    assert sorted(journal.seen) == list(range(200))


async def test_no_task_is_lost_when_redis_loses_its_data(postgres_settings, redis_server, runtime, journal):
    ended = await run_under_load(runtime, journal, postgres_settings, redis_server, forget=True)
    assert ended == ["succeeded"] * 200
    assert sorted(journal.seen) == list(range(200))


async def test_what_only_redis_knew_is_relayed_again(runtime, journal, redis_server):
    settings = {**QUICK, **redis_server.settings, "TASK_RESEND_AFTER": 0.5}
    sender = await runtime(plugins(journal), roles={"job"}, settings=settings)
    tasks = await sender.services.get(Tasks)
    ids = [await tasks.enqueue("note", {"value": one}) for one in range(20)]

    async def announced():
        return redis_server.ask("XLEN", "dify:tasks:{default}") == b":20\r\n"

    await until(announced)
    assert redis_server.ask("FLUSHALL") == b"+OK\r\n"
    worker = await runtime(plugins(journal), roles=WORKER, settings=settings)
    assert worker is not sender
    assert await journal.end(*ids) == ["succeeded"] * 20


async def test_streams_are_as_long_as_their_queues(runtime, journal, redis_server):
    booted = await runtime(plugins(journal), roles=WORKER, settings={**QUICK, **redis_server.settings})
    tasks = await booted.services.get(Tasks)
    await journal.end(*[await tasks.enqueue("note", {"value": one}) for one in range(50)])

    async def empty():
        held = redis_server.ask("HLEN", "dify:tasks:{default}:held")
        return (redis_server.ask("XLEN", "dify:tasks:{default}"), held) == (b":0\r\n", b":0\r\n")

    await until(empty)


async def test_a_task_is_in_a_stream_once_however_often_it_is_announced(runtime, journal, redis_server):
    sender = await runtime(plugins(journal), roles={"job"}, settings={**QUICK, **redis_server.settings})
    tasks = await sender.services.get(Tasks)
    broker = await sender.services.get(TaskBroker)
    task_id = await tasks.enqueue("note", {"value": 1})
    for _ in range(3):
        await broker.send([Parcel(task_id, "default")] * 2)
    assert redis_server.ask("XLEN", "dify:tasks:{default}") == b":1\r\n"


async def test_no_task_is_lost_when_postgres_dies_and_comes_back(runtime, journal, redis_server):
    server = PostgresServer(durable=True)
    try:
        await asyncio.to_thread(server.start)
        settings = {**server.settings(server.create_database()), **redis_server.settings, "TASK_POLL_INTERVAL": 0.05}
        booted = await runtime(plugins(journal), roles=WORKER, settings=settings)
        tasks = await booted.services.get(Tasks)
        ids = [await tasks.enqueue("note", {"value": one}) for one in range(50)]
        await asyncio.to_thread(server.kill)
        with pytest.raises(DatabaseUnavailable):
            await tasks.enqueue("note", {"value": 1000})
        await asyncio.to_thread(server.start)

        async def all_ended():
            return {one.state for one in await tasks.find()} == {"succeeded"}

        await until(all_ended)
        assert len(await tasks.find()) == len(ids) == 50
        await runtime.stop()
    finally:
        server.stop()
