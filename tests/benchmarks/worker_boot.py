"""From the start of `dify-runtime worker` until it is ready, against the libraries it loads and an empty loop."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import empty_worker
from tests.benchmarks.boot import compare, libraries, observing, told
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Detail, Quantity, Report, Sample, Target, interleaved
from tests.benchmarks.processes import SCRIPT, Announcer, Server, compile_bytecode, serving

OURS = (SCRIPT, "worker")
BASELINE = (sys.executable, "-P", empty_worker.__file__)
QUANTITIES = (
    Quantity("wall", "ready, wall", "ms", Target("ratio", 1.35)),
    Quantity("cpu", "ready, cpu", "ms"),
    Quantity("memory", "resident memory", "MB", Target("difference", 15)),
)


def measure(options: argparse.Namespace) -> Report:
    """Look where the time goes and whether the baseline is a fair one; then measure both."""
    if options.compile:
        compile_bytecode()
    with tempfile.TemporaryDirectory() as directory:
        cwd = Path(directory)
        _started(OURS, cwd)  # the first start of a home makes tables and keys, and is not the one that is measured
        observed = _observed("ours", "worker", cwd)
        compare(libraries(observed), libraries(_observed("baseline", "empty_worker", cwd)), empty_worker.__file__)
        samples = interleaved(
            options.runs, {"ours": partial(_started, OURS, cwd), "baseline": partial(_started, BASELINE, cwd)}
        )
    return Report(
        "dify-runtime worker, from process start until it is ready, on SQLite",
        "the third-party libraries that worker loads, and an event loop that waits",
        [quantity.row(samples["ours"], samples["baseline"]) for quantity in QUANTITIES],
        [Detail("steps of the boot (one run)", ("step", "ms"), list(observed["steps"].items()))],
    )


def _started(command: Sequence[str], cwd: Path) -> Sample:
    """Start a process, and stop it when it is ready."""
    with _starting(command, cwd) as worker:
        return {"wall": worker.await_answer(), "cpu": worker.cpu(), "memory": worker.memory()}


def _observed(side: str, argument: str, cwd: Path) -> dict[str, Any]:
    """What a process of one side tells of itself when it is ready."""
    with _starting(observing(side, cwd, argument), cwd, root_on_path=True) as worker:
        worker.await_answer()
        return told(side, cwd, worker)


@contextmanager
def _starting(command: Sequence[str], cwd: Path, *, root_on_path: bool = False) -> Iterator[Server]:
    with (
        tempfile.TemporaryFile() as printed,
        serving(command, 0, cwd, root_on_path=root_on_path, printed=printed, kind=Announcer) as worker,
    ):
        yield worker


def main() -> int:
    """The command."""
    return run(parser("worker_boot", __doc__, runs=11, processes=True).parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
