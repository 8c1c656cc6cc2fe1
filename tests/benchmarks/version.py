"""`dify-runtime version`, the least a command can do, against an interpreter that imports click."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, RunFailed, Sample, Target, interleaved
from tests.benchmarks.processes import SCRIPT, compile_bytecode, run_to_end

QUANTITIES = (Quantity("wall", "wall", "ms", Target("median", 150)), Quantity("cpu", "cpu", "ms"))


def measure(options: argparse.Namespace) -> Report:
    """Measure both commands."""
    if options.compile:
        compile_bytecode()
    with tempfile.TemporaryDirectory() as directory:
        samples = interleaved(
            options.runs,
            {"ours": lambda: _version(Path(directory)), "baseline": lambda: _click(Path(directory))},
        )
    rows = [quantity.row(samples["ours"], samples["baseline"]) for quantity in QUANTITIES]
    return Report("dify-runtime version", 'python -c "import click"', rows)


def _version(cwd: Path) -> Sample:
    sample, printed = run_to_end([SCRIPT, "version"], cwd)
    if not printed.startswith(b"dify-runtime"):
        raise RunFailed(f"dify-runtime version printed {printed!r}")
    return sample


def _click(cwd: Path) -> Sample:
    sample, _ = run_to_end([sys.executable, "-c", "import click"], cwd)
    return sample


def main() -> int:
    """The command."""
    return run(parser("version", __doc__, runs=15, processes=True).parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
