"""The README: its two commands, its plugin, its links."""

import re
from importlib import import_module

import pytest

from .pages import ROOT, Page

README = Page(ROOT / "README.md")
PLUGIN = next(block.text for block in README.blocks if block.language == "python")


@pytest.mark.parametrize(
    "command",
    ["pip install uv && uv run dify-runtime serve", "pip install uv && uv run pytest"],
)
def test_the_two_commands_stand_alone_in_a_block(command):
    assert f"```console\n$ {command}\n```" in README.text


def test_the_plugin_has_twenty_lines_at_most():
    assert len([line for line in PLUGIN.splitlines() if line.strip()]) <= 20


async def test_the_plugin_serves(runtime, tmp_path, monkeypatch):
    (tmp_path / "greeting.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    plugin = import_module("greeting").GreetingPlugin
    booted = await runtime({"greeting": plugin}, settings={"GREETING": "Good day"})
    answer = await booted.client.get("/greet/Ada")
    assert answer.json() == {"text": "Good day, Ada!"}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / target.partition("#")[0]).exists()] == []


def test_it_is_short():
    assert len(README.text.splitlines()) <= 110
