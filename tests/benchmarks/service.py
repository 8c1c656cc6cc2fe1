"""The Service API under load: runs, streams, memory and start, against bare Quart routes that answer the same bytes.

Server, clients, model stub and database share the machine.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks import empty_server
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Detail, Quantity, Report, Sample, Target, interleaved
from tests.benchmarks.model_stub import PACE, TOKENS
from tests.benchmarks.processes import ROOT, cores, environment, first_party, free_port, run_to_end, serving
from tests.benchmarks.processes import compile_bytecode as compiled
from tests.benchmarks.service_apps import write_apps
from tests.benchmarks.service_servers import Side, bare, model_stub, ours, outcome, recorded

IDEAL = TOKENS * PACE * 1000
"""Milliseconds that a slow stream takes at least."""
RATES = ("parameters", "simple", "chain20_tpl", "iter100_tpl", "chat_fast")
QUANTITIES = (
    Quantity("parameters", "/v1/parameters", "requests/s", Target("ratio", 0.3, at_least=True)),
    Quantity("parameters_cpu", "server's cpu for each", "ms"),
    Quantity("simple", "blocking run, simple", "runs/s", Target("median", 320, at_least=True)),
    Quantity("simple_cpu", "server's cpu for each", "ms"),
    Quantity("chain20_tpl", "blocking run, 20 nodes", "runs/s", Target("median", 100, at_least=True)),
    Quantity("chain20_tpl_cpu", "server's cpu for each", "ms"),
    Quantity("iter100_tpl", "blocking run, 100 rounds", "runs/s", Target("median", 15, at_least=True)),
    Quantity("iter100_tpl_cpu", "server's cpu for each", "ms"),
    Quantity("chat_fast", "streaming chat, 50 tokens", "streams/s", Target("median", 200, at_least=True)),
    Quantity("chat_fast_cpu", "server's cpu for each", "ms"),
    Quantity("first", "first text, one client", "ms", Target("median", 8)),
    Quantity("streams", "streams at once within 1.5 of ideal", "", Target("median", 250, at_least=True)),
    Quantity("each", "memory of an open stream", "KB", Target("median", 40)),
    Quantity("boot", "first answer, wall", "ms", Target("median", 1200)),
    Quantity("boot_cpu", "first answer, cpu", "ms", Target("ratio", 1.5)),
    Quantity("idle", "resident memory", "MB", Target("median", 150)),
    Quantity("after", "resident memory after the load", "MB", Target("median", 220)),
)


def measure(options: argparse.Namespace) -> Report:
    """Start once and record the answers; then measure both sides in turn, each on a server of its own."""
    if options.compile:
        compiled()
    with ExitStack() as stack:
        cwd = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        apps = options.dsl or cwd
        write_apps(cwd)
        settings = stack.enter_context(model_stub(cwd)) | stack.enter_context(_database(options, cwd))
        pinned = cores() if options.pin else (None, None)
        answers = cwd / "answers.json"
        with ours(cwd, apps, settings, pinned) as side:  # the first start makes tables and apps
            answers.write_text(json.dumps(recorded(side) | {"pace": PACE}))
            keys = dict(side.keys)
        statements = _statements(cwd, settings, keys)
        sides = {
            "ours": partial(_ours, options, cwd, apps, settings, pinned),
            "bare": partial(_bare, options, cwd, answers, pinned),
        }
        samples = interleaved(options.runs, sides, warm_up=0)
    database = "Postgres and Redis" if options.postgres else "SQLite"
    return Report(
        f"dify-runtime serve on {database}, {options.connections} clients",
        "bare Quart routes on Hypercorn with the same answers; of the start, an empty application",
        [quantity.row(samples["ours"], samples["bare"]) for quantity in QUANTITIES],
        [Detail("statements for each call", ("call", "statements"), list(statements.items()))],
        [f"load average {os.getloadavg()[0]:.1f} at the end; a run of {options.seconds:g} s for each rate"],
    )


@contextmanager
def _database(options: argparse.Namespace, cwd: Path) -> Iterator[dict[str, str]]:
    """The settings of our server, with a database server if asked for; the home is `cwd` in any case."""
    home = {"DIFY_RUNTIME_HOME": str(cwd)}
    if options.plugins:
        home["DIFY_PLUGINS_ALLOW"] = options.plugins
    if not options.postgres:
        yield home
        return
    from dify_database.testing.postgres import PostgresServer  # the servers come from wheels that only tests have
    from plugins.tasks.tests.redis_server import RedisServer

    postgres, redis = PostgresServer(durable=True), RedisServer(cwd, fsync="everysec")
    try:
        postgres.start()
        redis.start()
        database = postgres.create_database()
        yield home | {name: str(value) for name, value in {**postgres.settings(database), **redis.settings}.items()}
    finally:
        postgres.stop()
        redis.stop()


def _ours(
    options: argparse.Namespace,
    cwd: Path,
    apps: Path,
    settings: Mapping[str, str],
    pinned: tuple[int | None, int | None],
) -> Sample:
    with ours(cwd, apps, settings, pinned) as side:
        start = {"boot": side.answered, "boot_cpu": side.server.cpu(), "idle": side.server.memory()}
        return start | _figures(side, options)


def _bare(options: argparse.Namespace, cwd: Path, answers: Path, pinned: tuple[int | None, int | None]) -> Sample:
    port = free_port()
    with serving([sys.executable, "-P", empty_server.__file__, str(port)], port, cwd, core=pinned[0]) as server:
        start = {"boot": server.await_answer(), "boot_cpu": server.cpu(), "idle": server.memory()}
    with bare(cwd, answers, pinned[0]) as side:
        return start | _figures(side, options)


def _figures(side: Side, options: argparse.Namespace) -> dict[str, float]:
    """All that is measured on a server that has started."""
    figures = {"each": _memory(side, options)}
    for what in RATES:
        side.loaded(what, connections=options.connections, each=2)  # warms up
        found = side.loaded(what, connections=options.connections, seconds=options.seconds)
        figures |= {what: found["rate"], f"{what}_cpu": found["cpu"]}
    figures["first"] = side.loaded("chat_fast", connections=1, each=options.calls)["first"]
    figures["streams"] = _streams(side, options)
    return figures | {"after": side.server.memory()}


def _memory(side: Side, options: argparse.Namespace) -> float:
    """What an open stream adds to resident memory, in KB; some are there before, so that what is lazy is there too."""
    amount: int = max(options.streams)
    outcome(side.load("chat_slow", connections=10, each=1))
    before: float = side.server.memory()
    most = before
    clients = side.load("chat_slow", connections=amount, each=1)
    while clients.poll() is None:
        most = max(most, side.server.memory())
        time.sleep(0.05)
    outcome(clients)
    return (most - before) / amount * 1024


def _streams(side: Side, options: argparse.Namespace) -> float:
    """The greatest number of streams at once whose median is within 1.5 of the ideal."""
    reached = 0
    for amount in sorted(options.streams):
        found = side.loaded("chat_slow", connections=amount, each=3, ramp=IDEAL / 1000)
        if found["p50"] > 1.5 * IDEAL:
            break
        reached = amount
    return float(reached)


def _statements(cwd: Path, settings: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, int]:
    program = f"from tests.benchmarks.service_statements import main; main({json.dumps(keys)})"
    environ = environment(cwd, **{"PYTHONPATH": str(ROOT), **first_party(), **settings})
    _, printed = run_to_end([sys.executable, "-P", "-c", program], cwd, environ)
    counts: dict[str, int] = json.loads(printed.splitlines()[-1])  # the lines before it are the log
    return counts


def main() -> int:
    """The command."""
    options = parser("service", __doc__, runs=3, processes=True)
    options.add_argument("--seconds", type=float, default=4.0, help="length of the run for each rate; default 4")
    options.add_argument("--connections", type=int, default=10, help="clients of the rates; default 10")
    options.add_argument("--calls", type=int, default=100, help="streams for the first text; default 100")
    options.add_argument(
        "--streams", type=int, nargs="+", default=[50, 150, 250, 350], help="numbers of streams at once to try"
    )
    options.add_argument("--pin", action="store_true", help="keep servers on one core")
    options.add_argument("--dsl", type=Path, help="a folder with other apps of the same names")
    options.add_argument("--plugins", help="the plugins to allow, as DIFY_PLUGINS_ALLOW; default the standard set")
    options.add_argument("--postgres", action="store_true", help="Postgres and Redis in place of SQLite")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
