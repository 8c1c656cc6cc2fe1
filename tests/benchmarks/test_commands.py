"""Each benchmark runs, with the least it can measure, and says what it promises. What it measures is not judged."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "boot": ["--no-compile"],
    "code_execution": ["--calls", "3", "--renderings", "20"],
    "database_reads": ["--amount", "32"],
    "health": ["--no-compile", "--seconds", "0.2", "--connections", "2", "--calls", "20"],
    "overhead": ["--no-compile", "--plugins", "3"],
    "resolve": ["--sizes", "20", "40"],
    "storage_stream": ["--mebibytes", "8"],
    "tasks": ["--tasks", "50"],
    "version": ["--no-compile"],
    "worker_boot": ["--no-compile"],
}


def command(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", f"tests.benchmarks.{name}", "--runs", "1", *COMMANDS[name], *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


def figures(row: dict) -> list[float]:
    return [row["ratio"], row["difference"], *row["ours"].values(), *row["baseline"].values()]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_benchmark_measures_both_sides(name):
    done = command(name, "--json")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["runs"] == 1
    assert report["rows"]
    for row in report["rows"]:
        assert all(math.isfinite(figure) for figure in figures(row)), row
        assert row["baseline"]["min"] > 0, row
        assert (row["target"] is None) == (row["met"] is None), row


def test_the_boot_is_taken_apart_by_step_and_by_plugin():
    done = command("boot", "--json")

    assert done.returncode == 0, done.stderr
    steps, plugins = json.loads(done.stdout)["details"]
    assert {"scan of the metadata", "settings", "resolution", "starts"} <= {row["step"] for row in steps["rows"]}
    assert all(row["ms"] > 0 for row in steps["rows"])
    logging = next(row for row in plugins["rows"] if row["name"] == "logging")
    assert logging["state"] == "started"
    assert logging["import_ms"] > 0


def test_the_table_names_the_baseline_and_the_limits():
    done = command("resolve")

    assert done.returncode == 0, done.stderr
    assert "graphlib.TopologicalSorter" in done.stdout
    assert "40 plugins, cpu" in done.stdout


SMALL = ["--no-baseline", "--repeat", "2", "--concurrent", "5", "--nodes", "100", "--items", "100"]


def test_the_benchmark_of_workflows_measures_every_shape_without_its_baseline():
    line = [sys.executable, "-m", "tests.benchmarks.workflow", "--runs", "1", *SMALL, "--json"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert {"simple", "chain20_tpl", "chain20_agg", "iter100_tpl", "5 runs of simple at once"} <= rows.keys()
    assert all(row["ours"]["median"] > 0 for row in rows.values() if row["unit"] not in {"KiB", "bytes"}), rows
    assert rows["a chain of 100, a node"]["target"] == "ratio <= 1.5"


def test_the_baseline_of_workflows_is_started_on_the_files_of_our_side(tmp_path):
    fake = tmp_path / "python"
    fake.write_text(f"""#!{sys.executable}
import json, sys
from pathlib import Path
runs, directory = sys.argv[2:]
names = [path.stem for path in Path(directory).glob("*.yml")]
print(json.dumps({{name: {{"wall": 1000.0, "cpu": 1000.0}} for name in names}}))
""")
    fake.chmod(0o755)
    options = ["--baseline-python", str(fake), *SMALL[1:]]
    line = [sys.executable, "-m", "tests.benchmarks.workflow", "--runs", "1", *options, "--json"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["simple"]["ratio"] == rows["simple"]["ours"]["median"]
    assert rows["chain20_agg"]["target"] == "ratio >= 10"
