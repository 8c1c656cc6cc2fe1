"""The benchmark of the Service API runs, with the least it can measure. What it measures is not judged."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.benchmarks.service import QUANTITIES
from tests.benchmarks.service_apps import APPS, CHAIN, write_apps

ROOT = Path(__file__).parents[2]
LEAST = ["--runs", "1", "--no-compile", "--seconds", "0.3", "--connections", "2", "--calls", "2", "--streams", "2"]


@pytest.mark.parametrize("database", [(), ("--postgres",)], ids=["sqlite", "postgres"])
def test_the_service_api_is_measured_on_both_sides(database):
    line = [sys.executable, "-m", "tests.benchmarks.service", *LEAST, *database, "--json"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert ("Postgres" in report["ours"]) == bool(database)
    assert [row["name"] for row in report["rows"]] == [quantity.name for quantity in QUANTITIES]
    for row in report["rows"]:
        assert all(math.isfinite(figure) for figure in (*row["ours"].values(), *row["baseline"].values())), row
        assert (row["target"] is None) == (row["met"] is None), row
    counts = {row["call"]: row["statements"] for row in report["details"][0]["rows"]}
    assert counts["parameters"] <= 2
    assert counts["simple"] <= 6
    assert counts["chat_fast"] <= 6


@pytest.mark.parametrize("name", APPS)
def test_the_apps_are_app_files(name, tmp_path):
    write_apps(tmp_path)

    app = yaml.safe_load((tmp_path / f"{name}.yml").read_text())

    assert app["app"]["mode"] == ("chat" if name.startswith("chat") else "workflow")


def test_the_chain_is_as_long_as_it_says(tmp_path):
    write_apps(tmp_path)

    graph = json.loads((tmp_path / "chain20_tpl.yml").read_text())["workflow"]["graph"]

    assert sum(node["data"]["type"] == "template-transform" for node in graph["nodes"]) == CHAIN
    assert len(graph["edges"]) == CHAIN + 1
