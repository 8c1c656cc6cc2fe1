"""The tutorial's plugin as its reader has it: installed, on the command line, with the output that the page shows."""

import os
import re
import shlex
import subprocess
import sys
import tomllib

import pytest

from .pages import DOCS, EXAMPLES, Page

EXAMPLE = EXAMPLES / "first-plugin"
PAGE = Page(DOCS / "tutorials" / "first-plugin.md")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What an installer puts into `site-packages`: metadata, and the way to the code."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path_factory.mktemp("site-packages")
    metadata = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    described = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (metadata / "METADATA").write_text(described, encoding="utf-8")
    [(name, value)] = project["entry-points"]["dify_runtime.plugins"].items()
    (metadata / "entry_points.txt").write_text(f"[dify_runtime.plugins]\n{name} = {value}\n", encoding="utf-8")
    return site


@pytest.fixture
def run(site, tmp_path):
    def run(line, **settings):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DIFY_")}
        environ["PYTHONPATH"] = os.pathsep.join((str(site), str(EXAMPLE / "src")))
        arguments = shlex.split(line)[1:]
        return subprocess.run(
            [sys.executable, "-m", "dify_runtime", *arguments],
            cwd=tmp_path,
            env=environ | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def shown():
    """The lines `$ dify-runtime quote ...` of the page, each with the output below it."""
    blocks = "\n".join(block.text for block in PAGE.blocks if block.language == "console")
    return re.findall(r"^\$ (dify-runtime quote .*)\n((?:[^$\n].*\n)+)", blocks, re.MULTILINE)


def test_the_page_shows_what_the_command_prints(run):
    assert len(shown()) == 2
    for line, output in shown():
        result = run(line)
        assert (result.returncode, result.stdout) == (0, output), result.stderr


def test_a_file_that_is_missing_ends_the_command_with_what_to_do(run):
    result = run("dify-runtime quote", QUOTES_FILE="missing.txt")
    assert result.returncode == 1
    assert "cannot read missing.txt (set QUOTES_FILE" in result.stderr


def test_the_plugin_is_listed_and_its_setting_explained(run):
    assert re.search(r"^quotes +ready ", run("dify-runtime plugins list").stdout, re.MULTILINE)
    explained = run("dify-runtime config explain QUOTES_FILE", QUOTES_FILE="quotes.txt").stdout
    assert re.search(r"^layer +environment$", explained, re.MULTILINE)
    assert re.search(r"^owners +quotes$", explained, re.MULTILINE)


@pytest.mark.parametrize("example", ["first-plugin", "config-source", "storage-back-end"])
def test_the_examples_keep_the_rules_for_plugins(run, example):
    result = run(f"dify-runtime plugins check {EXAMPLES / example}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "warning" not in result.stdout
