"""The generated reference pages and `.env.example` are what the generators give now, wherever they run."""

import os
import subprocess
import sys

import pytest

from .pages import DOCS, ROOT

GENERATED = {
    ".env.example": ROOT / ".env.example",
    **{name: DOCS / "reference" / name for name in ("commands.md", "hooks.md", "rules.md", "settings.md")},
}
PREAMBLE = "docs/deploy/compose.env"
COMMAND = f"uv run python -m dify_runtime.reference docs/reference --env-example .env.example --preamble {PREAMBLE}"


def generate(directory, cwd, **environ):
    """The pages as a process of its own writes them."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "VIRTUAL_ENV", "LANG")}
    command = [sys.executable, "-m", "dify_runtime.reference", str(directory)]
    command += ["--env-example", str(directory / ".env.example"), "--preamble", str(ROOT / PREAMBLE)]
    written = subprocess.run(command, cwd=cwd, env=kept | environ, capture_output=True, text=True, check=False)
    assert written.returncode == 0, written.stderr
    return {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    directory = tmp_path_factory.mktemp("reference")
    return generate(directory, tmp_path_factory.mktemp("elsewhere"))


def test_these_pages_are_generated(pages):
    assert sorted(pages) == sorted(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_up_to_date(pages, name):
    assert GENERATED[name].read_text(encoding="utf-8") == pages[name], f"out of date; run `{COMMAND}`"


def test_neither_environment_nor_working_directory_shows(pages, tmp_path):
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\nDIFY_PLUGINS_DENY=logging\n", encoding="utf-8")
    target = tmp_path / "reference"
    target.mkdir()
    environ = {"DIFY_PLUGINS_ALLOW": "", "DIFY_PORT": "8080", "COLUMNS": "40", "PYTHONHASHSEED": "7"}
    assert generate(target, tmp_path, **environ) == pages
