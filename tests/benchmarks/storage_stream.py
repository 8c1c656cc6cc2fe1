"""A large object in and out of local storage, against `shutil.copyfileobj` and `fsync` on the same disk."""

import argparse
import json
import subprocess
import sys
import tempfile
from functools import partial

from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, RunFailed, Sample, Target, interleaved
from tests.benchmarks.processes import ROOT

QUANTITIES = (
    Quantity("in", "in, until it is on the disk", "ms", Target("ratio", 1.15)),
    Quantity("out", "out", "ms", Target("ratio", 1.15)),
    Quantity("growth", "growth of resident memory", "MiB", Target("median", 32)),
)


def measure(options: argparse.Namespace) -> Report:
    """Measure both sides in turn."""
    samples = interleaved(
        options.runs,
        {side: partial(_side, side, options.mebibytes, options.directory) for side in ("ours", "baseline")},
    )
    return Report(
        "LocalStorage.write and LocalStorage.read",
        "shutil.copyfileobj, then fsync",
        [quantity.row(samples["ours"], samples["baseline"]) for quantity in QUANTITIES],
        notes=[f"{options.mebibytes} MiB from memory to a file and back, 64 KiB at a time"],
    )


def _side(side: str, mebibytes: int, directory: str | None) -> Sample:
    with tempfile.TemporaryDirectory(dir=directory) as place:
        command = [sys.executable, "-m", "tests.benchmarks.storage_sides", side, str(mebibytes << 20), place]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunFailed(f"{side} ended with {done.returncode}: {done.stderr[-2000:]}")
    sample: Sample = json.loads(done.stdout)
    return sample


def main() -> int:
    """The command."""
    options = parser("storage_stream", __doc__, runs=5)
    options.add_argument("--mebibytes", type=int, default=1024, help="size of the object; default 1024")
    options.add_argument("--directory", help="where the files go; default: that of temporary files")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
