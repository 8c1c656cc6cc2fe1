"""What is particular to JetStream."""

import json

import nats
import pytest

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.tasks import Parcel, TaskBrokerError
from dify_tasks_nats.connection import Connection
from dify_tasks_nats.names import subject
from dify_tasks_nats.settings import NatsSettings

ODD = "a.b *>~é%2E/\n"


async def stored(server, stream="dify_tasks"):
    """How many messages the stream holds."""
    client = await nats.connect(f"nats://127.0.0.1:{server.port}")
    try:
        return (await client.jetstream().stream_info(stream)).state.messages
    finally:
        await client.close()


async def test_a_task_is_held_once(connect, nats_server):
    async with connect() as broker:
        await broker.send([Parcel("a", "mail"), Parcel("b", "mail"), Parcel("a", "mail")])
        await broker.send([Parcel("a", "mail")])
        assert await stored(nats_server) == 2


async def test_what_is_done_is_deleted(connect, nats_server):
    async with connect() as broker:
        await broker.send([Parcel(f"{one}", "mail") for one in range(50)])
        found = []
        while len(found) < 50:
            found += await broker.receive(["mail"], limit=20, wait=5)
        await broker.done(found)
        assert await stored(nats_server) == 0


async def test_queues_and_tasks_may_have_any_name(connect):
    async with connect() as broker:
        await broker.send([Parcel(ODD, ODD), Parcel(ODD, "mail")])
        (one,) = await broker.receive([ODD], limit=5, wait=5)
        assert one.parcel == Parcel(ODD, ODD)
    assert subject("s", "a.b", "c") != subject("s", "a%2Eb", "c")


async def test_installations_with_streams_of_their_own_share_a_server(connect):
    async with connect() as one, connect(TASK_NATS_STREAM="other") as other:
        await one.send([Parcel("a", "mail")])
        await other.send([Parcel("b", "mail")])
        assert [found.parcel.id for found in await other.receive(["mail"], limit=5, wait=5)] == ["b"]


async def test_what_was_received_and_not_handed_out_is_given_back(connect):
    async with connect(idle=60) as other:
        async with connect(idle=60) as one:
            assert await one.receive(["mail", "dataset"], limit=1, wait=0.05) == []
            await one.send([Parcel("a", "mail"), Parcel("b", "dataset")])
            found = list(await one.receive(["mail", "dataset"], limit=1, wait=5))
        rest = []
        while len(found) + len(rest) < 2:
            rest += await other.receive(["mail", "dataset"], limit=5, wait=5)
        assert {one.parcel.id for one in [*found, *rest]} == {"a", "b"}


async def test_what_is_no_task_is_deleted(connect, nats_server, caplog):
    async with connect() as broker:
        await broker.send([Parcel("a", "mail")])
        client = await nats.connect(f"nats://127.0.0.1:{nats_server.port}")
        for number, text in enumerate(("hello", json.dumps([1]), json.dumps({"id": 1}))):
            await client.jetstream().publish(f"dify_tasks.mail.{number}", text.encode())
        await client.close()
        (found,) = await broker.receive(["mail"], limit=9, wait=5)
        await broker.done([found])
        assert "is no task" in caplog.text
        assert await stored(nats_server) == 0


async def test_an_operator_may_have_made_the_stream(connect, nats_server):
    client = await nats.connect(f"nats://127.0.0.1:{nats_server.port}")
    await client.jetstream().add_stream(
        name="dify_tasks", subjects=["dify_tasks.*.*"], retention="workqueue", max_age=60
    )
    await client.close()
    async with connect() as broker:
        await broker.send([Parcel("a", "mail")])
        (found,) = await broker.receive(["mail"], limit=1, wait=5)
        assert found.parcel == Parcel("a", "mail")


async def test_a_server_that_is_down_is_named_without_its_password(connect, nats_server):
    nats_server.kill()
    async with connect(TASK_NATS_URL=f"nats://user:s3cret@127.0.0.1:{nats_server.port}") as broker:
        with pytest.raises(TaskBrokerError, match=f"NATS at 127.0.0.1:{nats_server.port}") as caught:
            await broker.ping()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["redis://:s3cret@host", "s3cret", "nats://host:s3cret", "nats://", "tls://h:0"])
def test_what_is_no_url_is_refused_without_showing_it(url):
    with pytest.raises(SettingsError, match="TASK_NATS_URL") as caught:
        Connection(NatsSettings.model_validate({"TASK_NATS_URL": url}))
    assert "s3cret" not in str(caught.value)


def test_a_bundle_of_authorities_that_is_not_there_is_refused(tmp_path):
    given = {"TASK_NATS_URL": "tls://host", "TASK_NATS_CA_BUNDLE": tmp_path / "none.pem"}
    with pytest.raises(SettingsError, match="TASK_NATS_CA_BUNDLE"):
        Connection(NatsSettings.model_validate(given))
