"""What the boot spends on one more plugin that starts and does nothing, beyond the import of its module."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from .command import parser, run
from .generated import PREFIX, write_trivial_plugins
from .measure import Report, Row, Sample, Spread, Target, interleaved
from .processes import ROOT, compile_bytecode, environment, run_to_end

LIMIT = 0.3
"""Milliseconds per plugin."""
_BOOT = "boot(sys.argv[1], int(sys.argv[2]))"
_IMPORT = "imports(sys.argv[1:])"


def measure(options: argparse.Namespace) -> Report:
    """Boot with and without the plugins and import them alone, each in processes of their own."""
    if options.compile:
        compile_bytecode()
    amount = options.plugins
    with tempfile.TemporaryDirectory() as directory:
        modules = write_trivial_plugins(Path(directory), amount)
        samples = interleaved(
            options.runs,
            {
                "with": lambda: _inside(directory, _BOOT, f"{PREFIX}*", str(amount)),
                "without": lambda: _inside(directory, _BOOT, "", "0"),
                "import": lambda: _inside(directory, _IMPORT, *modules),
            },
        )
    turns = zip(samples["with"], samples["without"], samples["import"], strict=True)
    overheads = [{key: (full[key] - empty[key] - alone[key]) / amount for key in full} for full, empty, alone in turns]
    imports = [{key: value / amount for key, value in sample.items()} for sample in samples["import"]]
    limits = {"wall": Target("median", LIMIT), "cpu": None}
    rows = [
        Row(f"beyond its import, {key}", "ms", Spread.of(overheads, key), Spread.of(imports, key), target)
        for key, target in limits.items()
    ]
    whole = [
        Row(f"whole boot, {key}", "ms", Spread.of(samples["with"], key), Spread.of(samples["without"], key))
        for key in limits
    ]
    return Report(
        f"a boot with {amount} plugins, less a boot with none and the imports, per plugin",
        "the import of a plugin's module; for the whole boot, a boot with none",
        [*rows, *whole],
    )


def _inside(directory: str, task: str, *arguments: str) -> Sample:
    """Have a fresh interpreter time the task itself."""
    program = f"import json, sys; from tests.benchmarks.timed import boot, imports; print(json.dumps({task}))"
    path = os.pathsep.join((str(ROOT), directory))
    command = [sys.executable, "-P", "-c", program, *arguments]
    _, printed = run_to_end(command, Path(directory), environment(Path(directory), PYTHONPATH=path))
    sample: Sample = json.loads(printed)
    return sample


def main() -> int:
    """The command."""
    options = parser("overhead", __doc__, runs=7, processes=True)
    options.add_argument("--plugins", type=int, default=500, help="number of plugins; default 500")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
