"""Where the Redis of tasks is, and what is said of it."""

import asyncio

import pytest

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.tasks import Parcel, TaskBrokerError
from dify_tasks.redis.address import locate
from dify_tasks.redis.broker import StreamBroker
from dify_tasks.redis.settings import TaskRedisSettings
from dify_tasks.settings import TaskSettings


def test_the_settings_of_redis_become_a_url():
    url, where, options = locate(
        TaskRedisSettings(REDIS_HOST="cache", REDIS_USERNAME="a/b", REDIS_PASSWORD="p@ss:word", REDIS_DB=3)
    )
    assert url == "redis://a%2Fb:p%40ss%3Aword@cache:6379/3"
    assert where == "Redis at cache:6379"
    assert options == {}


def test_a_url_comes_before_them():
    settings = TaskRedisSettings(REDIS_HOST="cache", CELERY_BROKER_URL="rediss://:hunter2@queue:7000/1")
    url, where, options = locate(settings)
    assert url == "rediss://:hunter2@queue:7000/1"
    assert where == "Redis at queue:7000"
    assert options["ssl_cert_reqs"] == "none"


@pytest.mark.parametrize(
    "url", ["amqp://hunter2@queue", "redis://", "redis://[hunter2", "redis://queue:hunter2/0", "x"]
)
def test_what_is_no_url_of_a_redis_is_refused_and_not_shown(url):
    with pytest.raises(SettingsError) as caught:
        locate(TaskRedisSettings(CELERY_BROKER_URL=url))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["REDIS_USE_SENTINEL", "REDIS_USE_CLUSTERS"])
def test_sentinels_and_clusters_are_refused(name):
    with pytest.raises(SettingsError, match="TASK_BROKER=rows"):
        locate(TaskRedisSettings(**{name: True}))


@pytest.mark.parametrize(
    ("given", "broker"),
    [
        ({}, "rows"),
        ({"REDIS_HOST": "cache"}, "redis"),
        ({"CELERY_BROKER_URL": "redis://queue"}, "redis"),
        ({"REDIS_HOST": "cache", "TASK_BROKER": "rows"}, "rows"),
        ({"TASK_BROKER": "nats"}, "nats"),
    ],
)
def test_the_broker_is_chosen_by_what_is_named(given, broker):
    assert broker == TaskSettings(**given).TASK_BROKER


def test_queues_are_a_comma_list():
    assert TaskSettings(TASK_QUEUES="mail, dataset").TASK_QUEUES == ("mail", "dataset")


async def test_a_server_that_is_down_is_named_without_its_password(redis_server):
    redis_server.stop()
    settings = TaskRedisSettings(**redis_server.settings, REDIS_PASSWORD="hunter2")
    broker = StreamBroker.of(settings, idle=1)
    with pytest.raises(TaskBrokerError) as caught:
        await broker.send([Parcel("a", "mail")])
    assert f"Redis at 127.0.0.1:{redis_server.port}" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    await broker.shutdown()


async def test_plain_taskiq_can_use_the_broker(redis_server):
    from taskiq import BrokerMessage

    broker = StreamBroker.of(TaskRedisSettings(**redis_server.settings), idle=5)
    await broker.startup()
    await broker.kick(
        BrokerMessage(task_id="a", task_name="note", message=b"", labels={"queue_name": broker.queue_name})
    )
    messages = broker.listen()
    async with asyncio.timeout(10):
        message = await anext(messages)
    assert message.data == b"a"
    await message.ack()
    assert redis_server.ask("XLEN", f"dify:tasks:{{{broker.queue_name}}}") == b":0\r\n"
    await messages.aclose()
    await broker.shutdown()


async def test_a_consumer_leaves_when_it_has_nothing_and_stays_when_it_has(redis_server):
    settings = TaskRedisSettings(**redis_server.settings)

    async def consumers_after(*, done: bool) -> bytes:
        broker = StreamBroker.of(settings, idle=60)
        await broker.send([Parcel("a", "mail")])
        found = []
        while not found:
            found = await broker.receive(["mail"], limit=1, wait=0.1)
        if done:
            await broker.done(found)
        await broker.shutdown()
        return redis_server.ask("XINFO", "CONSUMERS", "dify:tasks:{mail}", "dify_runtime")

    assert await consumers_after(done=True) == b"*0\r\n"
    assert (await consumers_after(done=False)).startswith(b"*1\r\n")
