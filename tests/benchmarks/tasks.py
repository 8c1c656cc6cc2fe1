"""Tasks that do nothing, accepted and completed: ours with rows that survive, against taskiq-redis as it comes.

Whoever accepts and the worker are a process each; embedded they are one. Postgres waits for the disk at every commit,
the Redis-protocol server once a second.
"""

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dify_database.testing.postgres import PostgresServer
from dify_runtime.server.loop import loop_factory
from plugins.tasks.tests.redis_server import RedisServer
from tests.benchmarks import task_processes as processes
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, RunFailed, Sample, Target, interleaved


def measure(options: argparse.Namespace) -> Report:
    """Measure the three ways in turn."""
    with _servers() as (postgres, redis):
        amount = options.tasks
        url = f"redis://127.0.0.1:{redis.port}/1"
        subjects = {
            "stock": lambda: _run(processes.stock(amount, url)),
            "ours": lambda: _ours(amount, postgres, redis),
            "embedded": lambda: _embedded(amount),
        }
        samples = interleaved(options.runs, subjects)
    stock = samples["stock"]
    rows = [
        Quantity("complete", "Postgres and Redis, complete", "tasks/s", Target("median", 1500, at_least=True)),
        Quantity("complete", "the same, against stock", "tasks/s", Target("ratio", 0.6, at_least=True)),
        Quantity("accept", "Postgres and Redis, accept", "tasks/s"),
    ]
    embedded = [
        Quantity("complete", "embedded, complete", "tasks/s", Target("median", 1000, at_least=True)),
        Quantity("accept", "embedded, accept", "tasks/s"),
    ]
    return Report(
        "rows in a database, carried by Redis Streams or, embedded, by nothing",
        "taskiq-redis's RedisStreamBroker with its result backend: no rows, nothing is durable",
        [
            *(one.row(samples["ours"], stock) for one in rows),
            *(one.row(samples["embedded"], stock) for one in embedded),
        ],
        notes=[f"{amount} tasks a run, {processes.AT_ONCE} accepted at once, as many run at once"],
    )


def _ours(amount: int, postgres: PostgresServer, redis: RedisServer) -> Sample:
    database = postgres.create_database()
    with TemporaryDirectory() as home:
        given = {**postgres.settings(database), **redis.settings, "TASK_CONCURRENCY": processes.AT_ONCE}
        settings = {name: str(value) for name, value in given.items()} | {"DIFY_RUNTIME_HOME": home}
        sample = _run(processes.ours(amount, settings))
    postgres.drop_database(database)
    return sample


def _embedded(amount: int) -> Sample:
    with TemporaryDirectory() as home:
        return _run(processes.embedded(amount, Path(home)))


def _run(work: Coroutine[Any, Any, Sample]) -> Sample:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        try:
            return runner.run(work)
        except TimeoutError as error:
            raise RunFailed("not all tasks were completed in time") from error


@contextmanager
def _servers() -> Iterator[tuple[PostgresServer, RedisServer]]:
    with TemporaryDirectory() as directory:
        postgres, redis = PostgresServer(durable=True), RedisServer(Path(directory), fsync="everysec")
        try:
            postgres.start()
            redis.start()
            yield postgres, redis
        finally:
            postgres.stop()
            redis.stop()


def main() -> int:
    """The command."""
    options = parser("tasks", __doc__, runs=5)
    options.add_argument("--tasks", type=int, default=5000, help="tasks per run")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
