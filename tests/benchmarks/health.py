"""`GET /health` through everything that plugins put around it, against a bare Quart route on Hypercorn."""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.benchmarks.boot import baseline, ours
from tests.benchmarks.command import parser, run
from tests.benchmarks.load import load
from tests.benchmarks.measure import Quantity, Report, Sample, Target, interleaved
from tests.benchmarks.processes import (
    ROOT,
    Server,
    compile_bytecode,
    cores,
    environment,
    free_port,
    run_to_end,
    serving,
)

OVER_SOCKETS = (
    Quantity("rate", "over sockets", "requests/s", Target("ratio", 0.85, at_least=True)),
    Quantity("each", "server's cpu per request", "us"),
    Quantity("p50", "latency, median", "ms"),
    Quantity("p99", "latency, 99th percentile", "ms"),
)
IN_PROCESS = (
    Quantity("rate", "without sockets", "requests/s"),
    Quantity("each", "cpu per request, without sockets", "us"),
)


def measure(options: argparse.Namespace) -> Report:
    """Load both servers in turn; then call both applications in one process."""
    if options.compile:
        compile_bytecode()
    with tempfile.TemporaryDirectory() as directory:
        cwd = Path(directory)
        served = _over_sockets(options, cwd)
        called = _in_process(options, cwd)
    rows = [quantity.row(served["ours"], served["baseline"]) for quantity in OVER_SOCKETS]
    rows += [quantity.row(*called) for quantity in IN_PROCESS]
    return Report(
        "GET /health of dify-runtime serve, with every first-party plugin",
        "the same answer by a bare Quart route on Hypercorn",
        rows,
    )


def _over_sockets(options: argparse.Namespace, cwd: Path) -> dict[str, list[Sample]]:
    server_core, client_core = cores()
    with ExitStack() as stack:
        sides = {}
        for name, command in (("ours", ours), ("baseline", baseline)):
            port = free_port()
            server = stack.enter_context(serving(command(port), port, cwd, core=server_core))
            server.await_answer()
            sides[name] = partial(_loaded, server, options, client_core)
        return interleaved(options.runs, sides)


def _loaded(server: Server, options: argparse.Namespace, core: int | None) -> Sample:
    before = server.cpu()
    sample = load(server.port, options.connections, options.seconds, core)
    return {**sample, "each": (server.cpu() - before) / sample["requests"] * 1000}


def _in_process(options: argparse.Namespace, cwd: Path) -> list[list[Sample]]:
    program = (
        f"from tests.benchmarks.in_process import compare; print(json.dumps(compare({options.runs}, {options.calls})))"
    )
    command = [sys.executable, "-P", "-c", f"import json; {program}"]
    _, printed = run_to_end(command, cwd, environment(cwd, PYTHONPATH=str(ROOT)))
    samples: list[list[Sample]] = json.loads(printed)
    return samples


def main() -> int:
    """The command."""
    options = parser("health", __doc__, runs=7, processes=True)
    options.add_argument("--seconds", type=float, default=2.0, help="length of one repetition; default 2")
    options.add_argument("--connections", type=int, default=16, help="connections at a time; default 16")
    options.add_argument(
        "--calls", type=int, default=2000, help="calls of one repetition without sockets; default 2000"
    )
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
