"""`dify-runtime version`, the least a command can do, against an interpreter that imports click."""

import argparse
import sys
import tempfile
from pathlib import Path

from .command import parser, run
from .measure import Report, Row, RunFailed, Sample, Spread, Target, interleaved
from .processes import SCRIPT, compile_bytecode, run_to_end

LIMIT = 150.0
"""Milliseconds."""


def measure(options: argparse.Namespace) -> Report:
    """Measure both commands."""
    if options.compile:
        compile_bytecode()
    with tempfile.TemporaryDirectory() as directory:
        samples = interleaved(
            options.runs,
            {"ours": lambda: _version(Path(directory)), "baseline": lambda: _click(Path(directory))},
        )
    rows = []
    for quantity, target in (("wall", Target("median", LIMIT)), ("cpu", None)):
        ours, baseline = (Spread.of(samples[side], quantity) for side in ("ours", "baseline"))
        rows.append(Row(quantity, "ms", ours, baseline, target))
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
