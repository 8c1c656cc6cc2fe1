"""For random graphs: every start follows its edges, and the stops come in exactly the reverse order."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dify_runtime.runtime import Runtime
from dify_runtime_sdk import Plugin


@st.composite
def declarations(draw):
    """Edges from later to earlier names, so that there is no cycle."""
    names = [f"p{index:02}" for index in range(draw(st.integers(1, 10)))]
    edges = {}
    for index, name in enumerate(names):
        earlier = st.lists(st.sampled_from(names[:index]), max_size=3, unique=True) if index else st.just([])
        edges[name] = {"requires": tuple(draw(earlier)), "after": tuple(draw(earlier))}
    return edges


def plugin(log, edges):
    async def start(self, runtime):
        await asyncio.sleep(0)  # let plugins of one level interleave
        log.append(("start", self.name))

    async def stop(self):
        log.append(("stop", self.name))

    return type("Noting", (Plugin,), {"start": start, "stop": stop, **edges})


async def boot_and_stop(edges, log):
    with tempfile.TemporaryDirectory() as directory:
        plugins = {name: plugin(log, declared) for name, declared in edges.items()}
        async with Runtime.boot(plugins=plugins, roles=("job",), environ={}, cwd=Path(directory)) as runtime:
            return list(runtime.records)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(declarations(), st.randoms())
def test_starts_follow_the_edges_and_stops_come_in_reverse(edges, chance):
    log: list[tuple[str, str]] = []
    order = asyncio.run(boot_and_stop(edges, log))
    started = [name for event, name in log if event == "start"]
    stopped = [name for event, name in log if event == "stop"]
    for name, declared in edges.items():
        for other in (*declared["requires"], *declared["after"]):
            assert started.index(other) < started.index(name)
    assert stopped == order[::-1]
    shuffled = list(edges.items())
    chance.shuffle(shuffled)
    assert asyncio.run(boot_and_stop(dict(shuffled), [])) == order
