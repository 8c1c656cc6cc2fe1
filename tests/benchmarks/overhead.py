"""What the boot spends on one more plugin that starts and does nothing, beyond the import of its module."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.command import parser, run
from tests.benchmarks.generated import PREFIX, write_trivial_plugins
from tests.benchmarks.measure import Quantity, Report, Sample, Target, interleaved
from tests.benchmarks.processes import ROOT, compile_bytecode, environment, run_to_end

EACH = (
    Quantity("wall", "beyond its import, wall", "ms", Target("median", 0.3)),
    Quantity("cpu", "beyond its import, cpu", "ms", Target("median", 0.3)),
)
WHOLE = (Quantity("wall", "whole boot, wall", "ms"), Quantity("cpu", "whole boot, cpu", "ms"))
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
    beyond = [{key: (full[key] - empty[key] - alone[key]) / amount for key in full} for full, empty, alone in turns]
    imports = [{key: value / amount for key, value in sample.items()} for sample in samples["import"]]
    rows = [quantity.row(beyond, imports) for quantity in EACH]
    rows += [quantity.row(samples["with"], samples["without"]) for quantity in WHOLE]
    return Report(
        f"a boot with {amount} plugins, less a boot with none and the imports, per plugin",
        "the import of a plugin's module; for the whole boot, a boot with none",
        rows,
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
