"""Declarations are light: each first-party one imports the SDK, pydantic, the standard library and its own package.

Besides these it may import the packages of plugins that it requires: those are imported for their own sake anyhow.
"""

import json
import subprocess
import sys

import pytest

from dify_runtime.discovery import Candidate, first_party_distributions, scan

HEAVY = {"ctypes", "curses", "doctest", "multiprocessing", "pdb", "sqlite3", "tkinter", "unittest", "xml", "xmlrpc"}
"""Packages of the standard library that no declaration needs."""

_PROBE = """
import sys, json, dify_runtime_sdk, pydantic, pydantic_settings, importlib
before = set(sys.modules)
importlib.import_module(sys.argv[1])
print(json.dumps({"before": sorted(before), "new": sorted(set(sys.modules) - before)}))
"""


def first_party() -> list[Candidate]:
    distributions = first_party_distributions()
    return [one for one in scan() if (one.distribution or "") in distributions]


def packages_required_by(candidate: Candidate) -> set[str]:
    """The packages of the first-party plugins that this one, or another of its distribution, requires."""
    everything = first_party()
    required = {
        name for one in everything if one.distribution == candidate.distribution for name in one.load().requires
    }
    return {one.value.partition(".")[0] for one in everything if one.name in required}


def imported_by(module: str) -> tuple[set[str], set[str]]:
    """The top-level packages there with the SDK and pydantic, and the modules that the import adds to them."""
    command = [sys.executable, "-c", _PROBE, module]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    return {name.partition(".")[0] for name in found["before"]}, set(found["new"])


def test_there_are_first_party_plugins_to_look_at():
    assert {"logging", "group-console", "config-apollo"} <= {one.name for one in first_party()}


@pytest.mark.parametrize("candidate", first_party(), ids=lambda one: one.name)
def test_a_declaration_imports_nothing_but_the_sdk_pydantic_and_its_own_package(candidate):
    module = candidate.value.partition(":")[0]
    there, added = imported_by(module)

    own = module.partition(".")[0]
    known = {own, *there, *sys.stdlib_module_names, *packages_required_by(candidate)}
    foreign = {name for name in added if name.partition(".")[0] not in known}
    heavy = {name for name in added if name.partition(".")[0] in HEAVY}
    assert module in added
    assert not foreign, f"import them inside functions, at first use: {sorted(foreign)}"
    assert not heavy, f"import them inside functions, at first use: {sorted(heavy)}"


def test_the_look_at_imports_sees_a_foreign_one(tmp_path, monkeypatch):
    (tmp_path / "eager.py").write_text("import quart\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    there, added = imported_by("eager")

    assert "quart" in added
    assert "quart" not in there
