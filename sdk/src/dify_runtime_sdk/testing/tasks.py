"""The conformance suite of task brokers."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest

from dify_runtime_sdk.tasks import Delivery, Parcel, TaskBroker

_WAIT = 30.0
"""Seconds given to what must happen; a right broker passes however slow the machine is."""
_MOMENT = 0.2
"""Seconds given to what must not happen."""


class TaskBrokerLab(Protocol):
    """What the suite needs to know of a broker's surroundings."""

    def connect(self, consumer: str) -> AbstractAsyncContextManager[TaskBroker]:
        """A broker as one more process would have it; several at a time, all on one back end."""
        ...

    async def accept(self, parcels: Sequence[Parcel]) -> None:
        """Make the rows of these tasks, if the broker looks at rows."""
        ...

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        """Take the rows of these tasks as a worker does, for about two seconds, if the broker looks at rows."""
        ...

    async def end(self, deliveries: Sequence[Delivery]) -> None:
        """End the rows of these tasks, if the broker looks at rows."""
        ...


class TaskBrokerSuite:
    """What every `TaskBroker` must do; subclass it in a test module and pytest runs it.

    It asks for one fixture, `lab`, a `TaskBrokerLab` with an empty back end, whose brokers give what nobody keeps to
    others after about two seconds. It needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    async def test_what_is_sent_is_received(self, lab: TaskBrokerLab) -> None:
        """Every parcel comes, as it was sent."""
        async with lab.connect("one") as broker:
            sent = await _sent(lab, broker, "mail", "abc")
            assert _ids(await _received(broker, ["mail"], 3)) == ["a", "b", "c"]
            assert {one.queue for one in sent} == {"mail"}

    async def test_what_was_sent_before_any_worker_came_is_received(self, lab: TaskBrokerLab) -> None:
        """A queue is there before anybody reads it."""
        async with lab.connect("sender") as sender:
            await _sent(lab, sender, "mail", "a")
        async with lab.connect("worker") as worker:
            assert _ids(await _received(worker, ["mail"], 1)) == ["a"]

    async def test_only_the_queues_that_were_asked_for_are_received(self, lab: TaskBrokerLab) -> None:
        """A worker of one queue leaves the others alone."""
        async with lab.connect("one") as broker:
            await _sent(lab, broker, "mail", "a")
            await _sent(lab, broker, "dataset", "b")
            found = await _received(broker, ["dataset"], 1)
            assert _ids(found) == ["b"]
            await lab.take(found)
            assert await broker.receive(["dataset"], limit=5, wait=_MOMENT) == []

    async def test_no_more_than_the_limit_is_received(self, lab: TaskBrokerLab) -> None:
        """A worker gets as much as it has room for, and the rest later."""
        async with lab.connect("one") as broker:
            await _sent(lab, broker, "mail", "abcde")
            first = await broker.receive(["mail"], limit=2, wait=_WAIT)
            assert 1 <= len(first) <= 2
            await lab.take(first)
            rest = await _received(broker, ["mail"], 5 - len(first))
            assert _ids([*first, *rest]) == ["a", "b", "c", "d", "e"]

    async def test_earlier_queues_come_first(self, lab: TaskBrokerLab) -> None:
        """The order of the queues is that of their urgency, not that of the parcels."""
        async with lab.connect("one") as broker:
            await _sent(lab, broker, "slow", "abc")
            await _sent(lab, broker, "urgent", "xyz")
            first = await _received(broker, ["urgent", "slow"], 3, limit=3)
            assert _ids(first) == ["x", "y", "z"]

    async def test_an_empty_queue_is_waited_for_and_then_given_up(self, lab: TaskBrokerLab) -> None:
        """A wait has an end."""
        async with lab.connect("one") as broker:
            async with asyncio.timeout(_WAIT):
                assert await broker.receive(["mail"], limit=1, wait=_MOMENT) == []

    async def test_a_parcel_that_comes_ends_the_wait(self, lab: TaskBrokerLab) -> None:
        """Whoever waits need not ask again."""
        async with lab.connect("one") as broker:
            await broker.receive(["mail"], limit=1, wait=0.01)
            waiting = asyncio.create_task(_received(broker, ["mail"], 1))
            await asyncio.sleep(0)
            await _sent(lab, broker, "mail", "a")
            async with asyncio.timeout(_WAIT):
                assert _ids(await waiting) == ["a"]

    async def test_workers_share_a_queue(self, lab: TaskBrokerLab) -> None:
        """What one has taken the other does not get."""
        async with lab.connect("one") as one, lab.connect("two") as two:
            await _sent(lab, one, "mail", "abcd")
            first = await _received(one, ["mail"], 2, limit=2)
            await lab.take(first)
            second = await _received(two, ["mail"], 2, limit=4)
            assert _ids([*first, *second]) == ["a", "b", "c", "d"]

    async def test_what_is_done_does_not_come_again(self, lab: TaskBrokerLab) -> None:
        """Not to anybody, however long they wait."""
        async with lab.connect("one") as one, lab.connect("two") as two:
            await _sent(lab, one, "mail", "a")
            found = await _received(one, ["mail"], 1)
            await lab.take(found)
            await lab.end(found)
            await one.done(found)
            assert await two.receive(["mail"], limit=1, wait=3.0) == []

    async def test_what_a_dead_worker_had_comes_to_another_on_a_quiet_queue(self, lab: TaskBrokerLab) -> None:
        """Nothing else need be sent for it."""
        async with lab.connect("two") as two:
            async with lab.connect("one") as one:
                await _sent(lab, one, "mail", "a")
                await lab.take(await _received(one, ["mail"], 1))
            assert _ids(await _received(two, ["mail"], 1)) == ["a"]

    async def test_a_parcel_can_be_sent_again_once_it_is_done(self, lab: TaskBrokerLab) -> None:
        """A task that is tried again comes again."""
        async with lab.connect("one") as broker:
            await _sent(lab, broker, "mail", "a")
            found = await _received(broker, ["mail"], 1)
            await broker.done(found)
            await broker.send([one.parcel for one in found])
            assert _ids(await _received(broker, ["mail"], 1)) == ["a"]


async def _sent(lab: TaskBrokerLab, broker: TaskBroker, queue: str, ids: Iterable[str]) -> list[Parcel]:
    parcels = [Parcel(one, queue) for one in ids]
    await lab.accept(parcels)
    await broker.send(parcels)
    return parcels


async def _received(broker: TaskBroker, queues: Sequence[str], count: int, limit: int = 10) -> list[Delivery]:
    """Receive until there are `count` parcels."""
    found: dict[str, Delivery] = {}
    async with asyncio.timeout(_WAIT):
        while len(found) < count:
            for one in await broker.receive(queues, limit=limit, wait=0.5):
                found[one.parcel.id] = one
    return list(found.values())


def _ids(deliveries: Iterable[Delivery]) -> list[str]:
    return sorted(one.parcel.id for one in deliveries)
