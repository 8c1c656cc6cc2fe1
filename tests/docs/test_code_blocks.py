"""Code on the pages is code that runs: blocks with a file name are that file, commands exist with their options."""

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from textwrap import indent

import click
import pytest

from dify_runtime.cli.lazy import load_target
from dify_runtime.cli.main import root

from .pages import EXAMPLES, ROOT, Block, Page, pages

PAGES = pages()
BLOCKS = [pytest.param(page, block, id=f"{page.name}:{block.line}") for page in PAGES for block in page.blocks]
TITLED = [one for one in BLOCKS if one.values[1].title]
UNTITLED_PYTHON = [one for one in BLOCKS if one.values[1].language == "python" and not one.values[1].title]
TOML = [one for one in BLOCKS if one.values[1].language == "toml"]
TUTORIAL = next(page for page in PAGES if page.name == "docs/tutorials/first-plugin.md")
ASSIGNMENT = re.compile(r"[A-Z_]+=.*")


def contains(whole: str, part: str) -> bool:
    """Whether `part` is a run of whole lines of `whole`, at any depth of indentation."""
    depths = {re.match(" *", line)[0] for line in whole.splitlines() if line.strip()}
    return any(f"\n{indent(part, depth)}" in f"\n{whole}" for depth in depths)


@pytest.mark.parametrize(("page", "block"), TITLED)
def test_a_block_with_a_file_name_is_in_that_file(page: Page, block: Block):
    path = page.example / block.title
    assert path.is_file(), f"{page.name}:{block.line} names {path}"
    assert contains(path.read_text(encoding="utf-8"), block.text), f"{page.name}:{block.line} is not in {path}"


@pytest.mark.parametrize(("page", "block"), UNTITLED_PYTHON)
def test_other_python_is_valid(page: Page, block: Block):
    text = block.text.rstrip()
    if re.match(r"(@hookspec\n)?def [^\n]*(?<!:)\Z", text):
        text += ": ..."  # a hook's signature alone
    ast.parse(text)


@pytest.mark.parametrize(("page", "block"), TOML)
def test_toml_is_valid(page: Page, block: Block):
    assert tomllib.loads(block.text)


def test_the_tutorial_shows_every_file_of_its_plugin_in_full():
    example = EXAMPLES / "first-plugin"
    shown = {block.title: block.text for block in TUTORIAL.blocks if block.title}
    files = {path for pattern in ("pyproject.toml", "src/**/*.py", "tests/**/*.py") for path in example.glob(pattern)}
    assert {str(path.relative_to(example)): path.read_text(encoding="utf-8") for path in files} == shown


@dataclass(frozen=True, slots=True)
class Line:
    """A command that a page tells the reader to type."""

    place: str
    words: list[str]


def console_lines() -> Iterator[Line]:
    for page in PAGES:
        for block in page.blocks:
            if block.language == "console":
                lines = block.text.replace("\\\n", "").splitlines()  # a shell joins them
                typed = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
                assert typed, f"{page.name}:{block.line} has no line that begins with `$ `"
                for line in typed:
                    yield from (Line(f"{page.name}:{block.line}", shlex.split(part)) for part in line.split("&&"))


def runtime_arguments(words: list[str]) -> list[str] | None:
    """The arguments of `dify-runtime` in a command, None when it is another program's."""
    while words and (ASSIGNMENT.fullmatch(words[0]) or words[:2] == ["uv", "run"]):
        words = words[1:] if ASSIGNMENT.fullmatch(words[0]) else words[2:]
    return words[1:] if words[:1] == ["dify-runtime"] else None


COMMANDS = [
    pytest.param(arguments, id=f"{line.place} {' '.join(arguments)}")
    for line in console_lines()
    if (arguments := runtime_arguments(line.words)) is not None
]


@cache
def tutorial_commands() -> dict[str, click.Command]:
    """The commands of the plugin that the tutorial builds; the tests of that plugin make it importable."""
    return {"quote": load_target("dify_quotes.commands:quote")}


def parsed(arguments: list[str]) -> click.Context:
    """The context of the last command in `arguments`; raises `click.UsageError` for what it does not know."""
    context, command = click.Context(root, info_name="dify-runtime"), root
    while isinstance(command, click.Group) and arguments:
        name, *arguments = arguments
        found = tutorial_commands().get(name) if command is root else None
        found = found or command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"no command {name!r}")
        context, command = click.Context(found, parent=context, info_name=name), found
    if isinstance(command, click.Group):
        return context
    return command.make_context(str(context.info_name), arguments, parent=context.parent)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_exists_with_its_options(arguments, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(EXAMPLES / "first-plugin" / "src"))
    for name in arguments:
        if name.endswith(".yml") and "/" not in name:
            (tmp_path / name).touch()  # the reader's own app files
    with parsed(arguments) as context:
        assert context.info_name in (arguments or ["dify-runtime"])


def test_pages_name_commands_of_all_kinds():
    assert len(COMMANDS) > 20
    assert not any(ROOT.as_posix() in page.text for page in PAGES)


@pytest.mark.parametrize("line", ["serve --no-such-option", "plugins lst", "config explain", "quote --date 2026-01-31"])
def test_a_wrong_command_would_be_seen(line, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(EXAMPLES / "first-plugin" / "src"))
    with pytest.raises(click.UsageError):
        parsed(line.split())
