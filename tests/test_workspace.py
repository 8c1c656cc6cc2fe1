"""The workspace's own lists are complete, and versions go in lockstep."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import dify_runtime

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MEMBERS = {path.parent: tomllib.loads(path.read_text()) for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))}
SDK = tomllib.loads((ROOT / "sdk/pyproject.toml").read_text())
OPTIONAL = {"dify-runtime-tasks-nats": "only for whoever runs NATS: the other brokers need nothing that is not there"}
"""First-party distributions that `standard` does not bring, and why."""
PACKAGES = [f"dify_{path.name.replace('-', '_')}" for path in MEMBERS]


def requirements(project, extra=None):
    listed = project["project"]["dependencies"] if extra is None else project["project"]["optional-dependencies"][extra]
    return {one.name: str(one.specifier) for one in map(Requirement, listed)}


def test_versions_are_in_lockstep():
    versions = {member["project"]["version"] for member in (PROJECT, SDK, *MEMBERS.values())}
    assert versions == {dify_runtime.__version__}


def test_the_standard_extra_names_every_first_party_distribution_in_this_version():
    standard = requirements(PROJECT, "standard")
    members = {member["project"]["name"] for member in MEMBERS.values()}
    expected = {name: f"=={dify_runtime.__version__}" for name in members if name not in OPTIONAL}
    assert {name: range_ for name, range_ in standard.items() if name in members} == expected
    assert members >= set(OPTIONAL)
    assert set(PROJECT["tool"]["uv"]["sources"]) == {*members, "dify-runtime", "dify-runtime-sdk"}


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_standard_leaves_out_is_tested_all_the_same(name):
    assert name in PROJECT["dependency-groups"]["dev"]


def test_the_types_and_the_import_contracts_cover_every_package():
    everything = ["dify_runtime", "dify_runtime_sdk", *PACKAGES]
    assert sorted(PROJECT["tool"]["mypy"]["packages"]) == sorted(everything)
    assert sorted(PROJECT["tool"]["importlinter"]["root_packages"]) == sorted(everything)
    for contract in PROJECT["tool"]["importlinter"]["contracts"][:4]:
        keys = ("source_modules", "forbidden_modules", "modules")
        assert {name for key in keys for name in contract.get(key, ())} >= set(PACKAGES)


@pytest.mark.parametrize("path", MEMBERS, ids=lambda path: path.name)
def test_a_plugin_distribution_looks_like_the_others(path):
    project = MEMBERS[path]["project"]
    assert project["name"] == f"dify-runtime-{path.name}"
    assert requirements(MEMBERS[path])["dify-runtime-sdk"] in (">=0.1.0,<0.2", "<0.2,>=0.1.0")
    package = path / "src" / f"dify_{path.name.replace('-', '_')}"
    for file in (path / "README.md", package / "py.typed", package / "__init__.py"):
        assert file.is_file()
    assert list((path / "tests").glob("test_*.py"))
    for name, value in project["entry-points"]["dify_runtime.plugins"].items():
        module = value.partition(":")[0]
        assert (path / "src" / (module.replace(".", "/") + ".py")).is_file(), f"{name} = {value}"
