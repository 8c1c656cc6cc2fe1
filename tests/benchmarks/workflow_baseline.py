"""The baseline of the benchmark `workflow`, run by the interpreter of an environment of its own.

Usage: `python workflow_baseline.py RUNS DIRECTORY`: run every app file in DIRECTORY, with the inputs of `inputs.json`
there, and print a JSON object: by the name of the file, milliseconds of wall time of the median run and of processor
time of the average one. Reading the file is not counted.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from graphon import dsl


def measure(text: str, inputs: dict[str, object], runs: int) -> dict[str, float]:
    """One app file; the first run warms up."""
    walls, cpus = [], []
    for _ in range(runs + 1):
        engine = dsl.loads(text, credentials={}, workflow_id="benchmark", start_inputs=inputs)
        wall, cpu = time.perf_counter(), time.process_time()
        events = list(engine.run())
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
        if type(events[-1]).__name__ != "GraphRunSucceededEvent":
            raise SystemExit(f"the run ended with {events[-1]!r}")
    return {"wall": statistics.median(walls[1:]), "cpu": statistics.mean(cpus[1:])}


def main() -> None:
    """The command."""
    runs, directory = int(sys.argv[1]), Path(sys.argv[2])
    inputs = json.loads((directory / "inputs.json").read_text(encoding="utf-8"))
    found = {}
    for path in sorted(directory.glob("*.yml")):
        found[path.stem] = measure(path.read_text(encoding="utf-8"), inputs, runs)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
