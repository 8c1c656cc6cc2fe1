"""Our side of the benchmark `workflow`, a process of its own for each measurement, which prints it as JSON.

Usage: `python -m tests.benchmarks.workflow_ours WHAT NUMBER [FILE ...]`. The journal is always on.
"""

import asyncio
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dify_nodes import NodesSettings
from dify_nodes.offers import node_offers
from dify_runtime.server.loop import loop_factory
from dify_runtime_sdk.code import TemplateRenderer
from dify_runtime_sdk.workflow import Event, Journal, NodeRunStarted
from dify_sandbox.templates.renderer import Renderer
from dify_workflow import FileJournal, MemoryJournal, NodeRegistry, RunLimits, WorkflowEngine, container_offers
from dify_workflow.dsl import from_mapping, load
from dify_workflow.run.run import Run
from dify_workflow.standalone import App, GivenServices, Turn, load_app
from tests.benchmarks import workflow_graphs as graphs
from tests.benchmarks.measure import RunFailed, Sample

LIMITS = RunLimits(max_steps=10**9, max_seconds=10**9)


class Bench:
    """An engine with the built-in nodes that need no network, and a renderer."""

    def __init__(self, services: GivenServices) -> None:
        self._services = services
        self._engine = WorkflowEngine(NodeRegistry([*node_offers(NodesSettings()), *container_offers()]))

    def app(self, given: Any) -> App:
        """An app file made ready: read and built once."""
        return load_app(load(given) if isinstance(given, bytes) else from_mapping(given), self._engine)

    def run(self, app: App, items: int = graphs.ITEMS, journal: Journal | None = None) -> Run:
        """A run that has not begun."""
        turn = Turn(inputs=graphs.inputs(items))
        return app.run(turn, services=self._services, journal=journal or MemoryJournal(), limits=LIMITS)

    async def resumed(self, app: App, journal: MemoryJournal) -> Run:
        """A run that goes on where `journal` ends."""
        return await Run.resume(app.graph, journal, services=self._services, limits=LIMITS)


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """A bench with a real renderer."""
    async with Renderer(400_000, 5) as renderer:
        yield Bench(GivenServices({TemplateRenderer: renderer}))


async def play(run: Run) -> None:
    """Read a run to its end."""
    async for _ in run.events():
        pass
    if run.outcome.status != "succeeded":
        raise RunFailed(f"the run {run.outcome.status}: {run.outcome.error}")


async def shapes(runs: int, *files: str) -> dict[str, Sample]:
    """Milliseconds of every shape: wall time of the median run, processor time of the average one."""
    found: dict[str, Sample] = {}
    async with bench() as made:
        for name, given in _given(files).items():
            app = made.app(given)
            await play(made.run(app))
            walls, cpu = [], time.process_time()
            for _ in range(runs):
                run = made.run(app)
                begun = time.perf_counter()
                await play(run)
                walls.append((time.perf_counter() - begun) * 1000)
            spent = (time.process_time() - cpu) * 1000
            found[name] = {"wall": statistics.median(walls), "cpu": spent / runs}
    return found


def _given(files: tuple[str, ...]) -> dict[str, Any]:
    return {Path(file).stem: Path(file).read_bytes() for file in files} or graphs.shapes()


async def concurrent(amount: int) -> Sample:
    """Seconds from the first to the last of so many runs that are begun at once."""
    async with bench() as made:
        app = made.app(graphs.simple())
        await play(made.run(app))
        begun = time.perf_counter()
        await asyncio.gather(*(play(made.run(app)) for _ in range(amount)))
        return {"seconds": time.perf_counter() - begun}


async def waiting(amount: int) -> Sample:
    """KiB of the process per run that waits for a service."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    class Waits:
        begun = 0

        async def render(self, source: str, variables: Any) -> str:
            self.begun += 1
            if self.begun == amount:
                reached.set()
            await go_on.wait()
            return source

    made = Bench(GivenServices({TemplateRenderer: Waits()}))
    app = made.app(graphs.simple())
    gc.collect()
    before = _resident()
    tasks = [asyncio.create_task(play(made.run(app))) for _ in range(amount)]
    await reached.wait()
    gc.collect()
    grown = _resident() - before
    go_on.set()
    await asyncio.gather(*tasks)
    return {"memory": grown / amount / 1024}


async def chain(length: int) -> Sample:
    """Microseconds per node of a chain, in the best of three runs."""
    async with bench() as made:
        app = made.app(graphs.chain(length, graphs.aggregator))
        taken = []
        for _ in range(3):
            run = made.run(app)
            begun = time.perf_counter()
            await play(run)
            taken.append(time.perf_counter() - begun)
        return {"each": min(taken) / length * 1e6}


async def items(amount: int) -> Sample:
    """Microseconds per item of an iteration."""
    async with bench() as made:
        app = made.app(graphs.iteration())
        await play(made.run(app))
        run = made.run(app, amount)
        begun = time.perf_counter()
        await play(run)
        return {"each": (time.perf_counter() - begun) / amount * 1e6}


async def memory(amount: int) -> Sample:
    """Bytes of the process per item of an iteration whose journal is a file: mostly its outputs."""
    async with bench() as made:
        app = made.app(graphs.iteration())
        await play(made.run(app))
        with TemporaryDirectory() as directory:
            async with await FileJournal.open(Path(directory) / "journal") as journal:
                run = made.run(app, amount, journal)
                gc.collect()
                before = _resident()
                await play(run)
                return {"each": (_resident() - before) / amount}


async def resume(length: int) -> Sample:
    """Milliseconds of a whole chain, and of the rest of one that was left in its middle."""
    async with bench() as made:
        app = made.app(graphs.chain(length, graphs.aggregator))
        begun = time.perf_counter()
        await play(made.run(app))
        whole = (time.perf_counter() - begun) * 1000
        journal = MemoryJournal()
        await _leave(made.run(app, journal=journal), length // 2)
        begun = time.perf_counter()
        await play(await made.resumed(app, journal))
        return {"whole": whole, "rest": (time.perf_counter() - begun) * 1000}


async def _leave(run: Run, after: int) -> None:
    """Read a run up to the start of so many nodes, and leave it there as a killed process would."""
    events: AsyncIterator[Event] = run.events()
    started = 0
    async for event in events:
        started += isinstance(event, NodeRunStarted)
        if started > after:
            break
    close: Callable[[], Any] = events.aclose  # type: ignore[attr-defined]  # it is a generator
    await close()


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


MEASURES: dict[str, Callable[..., Any]] = {
    "shapes": shapes,
    "concurrent": concurrent,
    "waiting": waiting,
    "chain": chain,
    "items": items,
    "memory": memory,
    "resume": resume,
}


def main() -> None:
    """The command."""
    what, number, *files = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        print(json.dumps(runner.run(MEASURES[what](int(number), *files))))


if __name__ == "__main__":
    main()
