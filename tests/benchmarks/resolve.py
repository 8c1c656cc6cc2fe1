"""Ordering plugins by their edges: the resolver, against graphlib's sorter alone on the same edges."""

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter

from dify_runtime.resolve import Edge, Node, resolve
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, Row, Spread, Target, interleaved
from tests.benchmarks.timed import timed

EDGES = 5
"""Edges that each plugin declares: three hard ones, an `after` and a `before`."""
LIMITS = {1_000: 20.0, 10_000: 250.0}
"""Milliseconds by number of plugins."""


def nodes(amount: int, seed: int = 7) -> list[Node]:
    """Plugins with random edges to others that come earlier (`before`: later), so that there is an order."""
    chance = random.Random(seed)
    names = [f"plugin-{index:06}" for index in range(amount)]
    chance.shuffle(names)
    made = []
    for index, name in enumerate(names):
        earlier = chance.sample(names[:index], min(index, EDGES - 1))
        later = names[chance.randrange(index + 1, amount)] if index + 1 < amount else None
        made.append(Node(name, tuple(earlier[1:]), tuple(earlier[:1]), (later,) if later else ()))
    chance.shuffle(made)
    return made


def sort_alone(names: Iterable[str], edges: Sequence[Edge]) -> None:
    """What remains of the work when nothing needs to be found out or explained."""
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(names, ()))
    for edge in edges:
        sorter.add(edge.then, edge.first)
    sorter.prepare()
    while sorter.is_active():
        sorter.done(*sorter.get_ready())


def measure(options: argparse.Namespace) -> Report:
    """Measure each size; the last row is the growth from the smallest to the largest."""
    rows = [row for size in options.sizes for row in _measured(size, options.runs)]
    rows.extend(_growth(options.sizes, rows))
    return Report("dify_runtime.resolve", "graphlib.TopologicalSorter on the edges that the resolver found", rows)


def _measured(size: int, runs: int) -> list[Row]:
    given = nodes(size)
    names, edges = [node.name for node in given], resolve(given).edges
    samples = interleaved(
        runs,
        {
            "ours": lambda: timed(lambda: resolve(given)),
            "baseline": lambda: timed(lambda: sort_alone(names, edges)),
        },
    )
    target = Target("median", LIMITS[size]) if size in LIMITS else None
    quantities = (
        Quantity("wall", f"{size} plugins, wall", "ms", target),
        Quantity("cpu", f"{size} plugins, cpu", "ms", target),
    )
    return [quantity.row(samples["ours"], samples["baseline"]) for quantity in quantities]


def _growth(sizes: Sequence[int], rows: Sequence[Row]) -> Iterable[Row]:
    """How much more processor time the largest size takes per plugin than the smallest: 1 is linear."""
    if len(sizes) < 2:
        return
    first, last, factor = rows[1], rows[-1], sizes[0] / sizes[-1]
    ours, baseline = (
        factor * large.median / small.median
        for large, small in ((last.ours, first.ours), (last.baseline, first.baseline))
        if large is not None and small is not None
    )
    yield Row(f"cpu per plugin, {sizes[-1]} to {sizes[0]}", "times", _only(ours), _only(baseline))


def _only(value: float) -> Spread:
    return Spread(value, value, value)


def main() -> int:
    """The command."""
    options = parser("resolve", __doc__, runs=11)
    options.add_argument("--sizes", type=int, nargs="+", default=list(LIMITS), help="numbers of plugins, ascending")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
