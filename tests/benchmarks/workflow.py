"""Runs of workflows, with the journal on, against the package graphon; and how the engine behaves where there is much.

Each side reads a file once and runs it again and again. The baseline gets an environment of its own, by uv, unless
`--baseline-python` names the interpreter of one.
"""

import argparse
import cProfile
import json
import pstats
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks import workflow_graphs as graphs
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, Row, RunFailed, Sample, Spread, Target, interleaved

BASELINE = "graphon>=0.8,<0.9"
TEN_TIMES = Target("ratio", 10, at_least=True)
LINEAR = Target("ratio", 1.5)


def measure(options: argparse.Namespace) -> Report:
    """Measure both sides in turn, then ours alone."""
    with TemporaryDirectory() as directory:
        files = _files(Path(directory), options.dsl)
        subjects: dict[str, Callable[[], Any]] = {"ours": lambda: _ours("shapes", options.repeat, *files)}
        with _baseline(options, Path(directory)) as baseline:
            if baseline:
                subjects["baseline"] = lambda: _json([*baseline, str(min(options.repeat, 20)), directory])
            samples = interleaved(options.runs, subjects, warm_up=0)
    rows = [
        row
        for name in sorted(samples["ours"][0], key=_order)
        for row in _compared(name, _of(name, samples["ours"]), _of(name, samples.get("baseline")))
    ]
    return Report(
        "the engine with its memory journal, one run after the other",
        f"{BASELINE}, on the same files; for the last rows: the same with a tenth, or without the interruption",
        [*rows, *_alone(options)],
        notes=[f"{options.repeat} runs of each shape per repetition (at most 20 of the baseline)"],
    )


def _order(name: str) -> int:
    known = list(graphs.shapes())
    return known.index(name) if name in known else len(known)


def _of(name: str, samples: Sequence[Mapping[str, Sample]] | None) -> list[Sample]:
    """The samples of one shape, with runs per second."""
    return [{**one[name], "rate": 1000 / one[name]["wall"]} for one in samples or ()]


def _compared(name: str, ours: list[Sample], baseline: list[Sample]) -> Iterator[Row]:
    cpu = Target("median", 1.0) if name == "chain20_agg" else None
    for quantity in (
        Quantity("rate", f"{name}", "runs/s", TEN_TIMES if baseline else None),
        Quantity("cpu", f"{name}, cpu", "ms", cpu),
    ):
        if baseline:
            yield quantity.row(ours, baseline)
        else:
            yield _single(quantity, ours)


def _single(quantity: Quantity, samples: Sequence[Sample]) -> Row:
    return Row(quantity.name, quantity.unit, Spread.of(samples, quantity.key), None, quantity.target)


def _alone(options: argparse.Namespace) -> Iterator[Row]:
    """What is measured without the baseline."""
    runs, amount, length, items = options.runs, options.concurrent, options.nodes, options.items
    subjects: dict[str, Callable[[], Sample]] = {
        "concurrent": lambda: _ours("concurrent", amount),
        "waiting": lambda: _ours("waiting", amount),
        "chain": lambda: _ours("chain", length),
        "short chain": lambda: _ours("chain", length // 10),
        "items": lambda: _ours("items", items),
        "memory": lambda: _ours("memory", items),
        "few items": lambda: _ours("items", items // 10),
        "resume": lambda: _ours("resume", length // 10),
    }
    samples = interleaved(runs, subjects, warm_up=0)
    yield _single(
        Quantity("seconds", f"{amount} runs of simple at once", "s", Target("median", 1.5)), samples["concurrent"]
    )
    yield _single(Quantity("memory", "a run that waits", "KiB", Target("median", 60)), samples["waiting"])
    chain = Quantity("each", f"a chain of {length}, a node", "us", LINEAR)
    yield chain.row(samples["chain"], samples["short chain"])
    one = Quantity("each", f"an iteration of {items}, an item", "us", LINEAR)
    yield one.row(samples["items"], samples["few items"])
    yield _single(Quantity("each", "the same with a journal in a file, memory of an item", "bytes"), samples["memory"])
    rest = [{"ms": sample["rest"]} for sample in samples["resume"]]
    whole = [{"ms": sample["whole"]} for sample in samples["resume"]]
    yield Quantity("ms", f"the rest of {length // 10} nodes, resumed", "ms").row(rest, whole)


def _files(directory: Path, given: Path | None) -> list[str]:
    """Write the app files and the inputs of both sides; those of `given` are copied."""
    (directory / "inputs.json").write_text(json.dumps(graphs.inputs()), encoding="utf-8")
    for name, app in graphs.shapes().items():
        path = directory / f"{name}.yml"
        if given:
            shutil.copyfile(given / path.name, path)
        else:
            path.write_text(json.dumps(app, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    return sorted(str(path) for path in directory.glob("*.yml"))


@contextmanager
def _baseline(options: argparse.Namespace, directory: Path) -> Iterator[list[str] | None]:
    """The command of the baseline, in an environment that is made if none is given."""
    if options.no_baseline:
        yield None
        return
    python = options.baseline_python
    if python is None:
        environment = directory / "environment"
        _call(["uv", "venv", "--quiet", "--python", options.python, str(environment)])
        python = environment / "bin" / "python"
        _call(["uv", "pip", "install", "--quiet", "--python", str(python), BASELINE])
    yield [str(python), str(Path(__file__).with_name("workflow_baseline.py"))]


def _ours(what: str, number: int, *files: str) -> Any:
    return _json([sys.executable, "-m", "tests.benchmarks.workflow_ours", what, str(number), *files])


def _json(line: Sequence[str]) -> Any:
    return json.loads(_call(line))


def _call(line: Sequence[str]) -> str:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunFailed(f"{' '.join(line[:4])} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def profile(options: argparse.Namespace) -> int:
    """Show where our processor time goes, function by function."""
    import asyncio

    from tests.benchmarks import workflow_ours

    with TemporaryDirectory() as directory:
        for file in _files(Path(directory), options.dsl):
            profiler = cProfile.Profile()
            profiler.enable()
            asyncio.run(workflow_ours.shapes(options.repeat, file))
            profiler.disable()
            print(f"== {Path(file).stem}, {options.repeat} runs")
            pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)
    return 0


def main() -> int:
    """The command."""
    options = parser("workflow", __doc__, runs=5)
    options.add_argument("--repeat", type=int, default=200, help="runs of each shape in each repetition; default 200")
    options.add_argument("--concurrent", type=int, default=1000, help="runs at once; default 1000")
    options.add_argument("--nodes", type=int, default=10_000, help="nodes of the long chain; default 10000")
    options.add_argument("--items", type=int, default=100_000, help="items of the long iteration; default 100000")
    options.add_argument("--dsl", type=Path, help="a directory with app files of the same names to run instead")
    options.add_argument("--baseline-python", type=Path, help="the interpreter of an environment with the baseline")
    options.add_argument("--python", default="3.12", help="the Python that an environment is made with; default 3.12")
    options.add_argument("--no-baseline", action="store_true", help="measure our side only")
    options.add_argument("--profile", action="store_true", help="show where our time goes instead")
    given = options.parse_args()
    return profile(given) if given.profile else run(given, measure)


if __name__ == "__main__":
    sys.exit(main())
