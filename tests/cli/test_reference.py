"""The generated pages of the documentation."""

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import NoDecode

from dify_runtime.checker.rules import RULES
from dify_runtime.configuration.layers import Layers
from dify_runtime.configuration.store import SettingsStore
from dify_runtime.reference import render_commands, render_hooks, render_rules, render_settings, settings_schema
from dify_runtime.reference.markdown import code, table
from dify_runtime.services import HOST
from dify_runtime_sdk import Settings
from dify_runtime_sdk.hookspecs import CORE_HOOKS
from tests.cli.plugin_code import COMMANDING, SONG


class Shade(StrEnum):
    LIGHT = "light"
    DARK = "dark"


type Speed = Literal["slow", "fast"]


class Kinds(Settings):
    TEXT: str = Field("a|b", description="Some text | with a bar")
    NUMBER: float = Field(0.5, ge=0, lt=1)
    FLAG: bool = False
    PLACE: Path | None = None
    CHOICE: Literal["", "one", "two"] = ""
    NAMED: Speed = "slow"
    COLOUR: Shade = Shade.DARK
    COMMAS: Annotated[tuple[str, ...], NoDecode] = ()
    ITEMS: list[int] = Field(default_factory=lambda: [1, 2])
    TABLE: dict[str, int] = Field(default_factory=dict)
    TOKEN: SecretStr = SecretStr("hunter2")
    NEEDED: int
    SHORT: Annotated[str, Field(max_length=3, pattern="^a")] = "a"
    ANYTHING: Any = None


class HostOnly(Settings):
    HARBOUR: int = 1


@pytest.fixture
def page():
    store = SettingsStore(Layers())
    store.claim("kinds", Kinds)
    store.claim("other", Kinds)
    store.claim(HOST, HostOnly)
    return render_settings(store)


@pytest.mark.parametrize(
    ("name", "kind", "default"),
    [
        ("TEXT", "text", "`a\\|b`"),
        ("NUMBER", "number, ≥ 0, < 1", "`0.5`"),
        ("FLAG", "`true` or `false`", "`false`"),
        ("PLACE", "path", "unset"),
        ("CHOICE", "`one`, `two` or empty", "empty"),
        ("NAMED", "`slow`, `fast`", "`slow`"),
        ("COLOUR", "`light`, `dark`", "`dark`"),
        ("COMMAS", "comma list", "empty"),
        ("ITEMS", "JSON list", "`[1, 2]`"),
        ("TABLE", "JSON object", "`{}`"),
        ("TOKEN", "secret text", "`********`"),
        ("NEEDED", "whole number", "required"),
        ("SHORT", "text, length ≤ 3, like `^a`", "`a`"),
        ("ANYTHING", "anything", "unset"),
    ],
)
def test_type_and_default_are_written_as_one_would_set_them(page, name, kind, default):
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
    assert row.startswith(f"| `{name}` | {kind} | {default} |")


def test_the_host_comes_first_and_a_shared_setting_once(page):
    assert page.index("HARBOUR") < page.index("Plugin `kinds`")
    assert "Plugin `other`" not in page
    assert page.count("`TEXT`") == 1


def test_a_secret_is_marked_and_not_shown(page):
    assert "**Secret.**" in next(line for line in page.splitlines() if "`TOKEN`" in line)
    assert "hunter2" not in page


class Odd(Settings):
    CALL: Callable[[], None] | None = None


def test_the_schema_takes_a_type_that_json_has_no_words_for():
    store = SettingsStore(Layers())
    store.claim("odd", Odd)
    assert settings_schema(store)["properties"]["CALL"]["x-owners"] == ["odd"]


def test_the_schema_is_json():
    store = SettingsStore(Layers())
    store.claim("kinds", Kinds)
    text = json.dumps(settings_schema(store))
    assert "hunter2" not in text


@pytest.mark.parametrize("phase", CORE_HOOKS, ids=lambda phase: phase.__name__)
def test_every_hook_has_a_heading_with_its_signature(phase):
    page = render_hooks()
    for name in vars(phase):
        if not name.startswith("_"):
            assert f"### `{name}`" in page
            assert f"def {name}(self" in page


def test_signatures_have_no_module_paths():
    page = render_hooks()
    assert "def routes(self, runtime: Runtime) -> Iterable[Routes | LazyRoutes] | None" in page
    assert "collections.abc" not in page


def test_every_built_in_command_is_described():
    page = render_commands()
    for words in ("serve", "plugins list", "plugins new", "config explain", "version"):
        assert f"## `dify-runtime {words}`" in page
    assert "| `--kind " in page


def test_commands_of_plugins_are_described_with_their_owner(install, tmp_path):
    (tmp_path / "site" / "song_of_reference.py").write_text(SONG)
    install("singer", COMMANDING.format(name="sing", target="song_of_reference:sing"))
    assert "From plugin `singer`." in render_commands()


def test_code_with_backticks_is_fenced_longer():
    assert code("a`b") == "`` a`b ``"


def test_cells_keep_to_their_row():
    assert list(table(("A",), [("x | y\nz",)])) == ["| A |", "| --- |", "| x \\| y z |", ""]


def test_every_rule_of_the_checker_has_a_row():
    page = render_rules()
    assert all(f"| `{rule.code}` | {rule.severity} | {rule.text} |" in page for rule in RULES)
