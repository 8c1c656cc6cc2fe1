"""Clients that leave in the middle of a stream, at every event: the run goes on, and the rest is there for them."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.deployment.running import until
from tests.faults.app_files import MODES
from tests.faults.serving import Address, Client, Server, Told, run_id_of, text_of

PIECES = 4
ANSWER = "one two three four"
RULES = {"helper": [{"text": ANSWER, "chunks": PIECES, "delay": 0.1}]}

pytestmark = pytest.mark.xdist_group("disconnects")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Address]]:
    """A server whose model takes its time."""
    server = Server(tmp_path_factory.mktemp("served"), SCRIPTED_MODELS=RULES)
    try:
        yield server, server.start()
        assert server.stop() == 0
    finally:
        server.kill()


async def left_after(client: Client, mode: str, number: int, query: str) -> list[Told]:
    """Read so many events of a run, and cut the connection."""
    seen: list[Told] = []
    async with client.run(mode, text=query) as events:
        while len(seen) < number:
            seen.append(await anext(events))
    return seen


def shape(events: list[Told]) -> list[tuple[int, str]]:
    """What two runs of an app have in common."""
    return [(number, event["event"]) for number, event in events]


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_that_left_at_any_event_gets_exactly_the_rest(served, mode):
    async with served[1].client() as client:
        await _leaves_at_any_event(client, mode)


async def _leaves_at_any_event(client: Client, mode: str) -> None:
    async with client.run(mode) as stream:
        whole = [one async for one in stream]
    assert text_of(whole).strip() == ANSWER
    assert [number for number, _ in whole] == list(range(1, len(whole) + 1))

    async def leave_and_come_back(number: int) -> list[Told]:
        seen = await left_after(client, mode, number, f"left after {number}")
        return [*seen, *await client.rest(mode, run_id_of(seen[0].event), seen[-1].id)]

    runs = await asyncio.gather(*(leave_and_come_back(number) for number in range(1, len(whole) + 1)))
    assert [shape(run) for run in runs] == [shape(whole)] * len(whole)
    assert [text_of(run).strip() for run in runs] == [ANSWER] * len(whole)


STORED = {
    "workflow": "SELECT status, outputs FROM workflow_runs WHERE inputs LIKE '%{query}%'",
    "completion": "SELECT status, answer FROM messages WHERE inputs LIKE '%{query}%'",
}


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_whose_client_left_before_its_first_event_is_stored(served, mode):
    server, address = served
    query = f"left {mode} at once"
    async with address.client() as client:
        await left_after(client, mode, 0, query)
    select = STORED.get(mode, "SELECT status, answer FROM messages WHERE query = '{query}'").format(query=query)

    def stored() -> list[str]:
        return [status for status, answer in server.rows(select) if ANSWER in (answer or "")]

    until(stored, "the answer is stored")
    assert stored() == ["succeeded" if mode == "workflow" else "normal"]
