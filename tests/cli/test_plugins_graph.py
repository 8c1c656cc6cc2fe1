"""`plugins graph` draws every edge with its reason, and what is out."""

import json

import pytest

from tests.cli.plugin_code import PLUGIN


@pytest.fixture
def family(install):
    """A hard edge, a soft one, one through a capability, a broken plugin and two that miss something."""
    install("base", PLUGIN.format(body="provides = ('ground',)"))
    install("hard", PLUGIN.format(body="requires = ('ground',)"))
    install("soft", PLUGIN.format(body="after = ('base',)"))
    install("early", PLUGIN.format(body="before = ('base',)"))
    install("broken", "1 / 0")
    install("fallen", PLUGIN.format(body="requires = ('broken',)"))
    install("lonely", PLUGIN.format(body="requires = ('ghost',)"))


@pytest.fixture
def drawn(cli, family):
    def run(*arguments):
        result = cli("plugins", "graph", *arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_the_text_names_the_reason_of_each_edge(drawn):
    lines = [line.strip() for line in drawn().splitlines()]
    assert "<== base: hard requires ground (provided by base)" in lines
    assert "<-- base: soft starts after base" in lines
    assert "<-- early: early starts before base" in lines
    assert "<== broken: fallen requires broken" in lines
    assert "<== ghost: lonely requires ghost" in lines


def test_the_text_shows_what_is_out_and_why(drawn):
    text = drawn()
    assert "- broken (failed: ZeroDivisionError: division by zero)" in text
    assert "- fallen (unmet: plugin 'fallen' requires 'broken'" in text
    assert "- ghost (missing: nothing provides it)" in text


def test_plugins_come_in_the_resolved_order(drawn):
    names = [line.split()[1] for line in drawn().splitlines() if line[:1].isdigit()]
    assert names == ["early", "base", "hard", "soft"]


def test_mermaid_draws_hard_and_soft_edges_differently(drawn):
    lines = [line.strip() for line in drawn("--format", "mermaid").splitlines()]
    ids = {line.split('"')[1].split(" (")[0]: line.split("[")[0] for line in lines if '["' in line}
    assert lines[0] == "flowchart TD"
    assert f'{ids["base"]} -->|"hard requires ground (provided by base)"| {ids["hard"]}' in lines
    assert f'{ids["base"]} -.->|"soft starts after base"| {ids["soft"]}' in lines
    assert f'{ids["broken"]}["broken (failed)"]:::out' in lines


def test_dot_draws_hard_and_soft_edges_differently(drawn):
    lines = [line.strip() for line in drawn("--format", "dot").splitlines()]
    assert lines[0] == "digraph plugins {"
    assert lines[-1] == "}"
    assert '"base" -> "hard" [label="hard requires ground (provided by base)", style="solid"];' in lines
    assert '"base" -> "soft" [label="soft starts after base", style="dashed"];' in lines
    assert '"ghost" [label="ghost (missing)", color="red", style="dashed"];' in lines


def test_json_has_nodes_and_edges(drawn):
    graph = json.loads(drawn("--json"))
    states = {node["name"]: node["state"] for node in graph["nodes"] if node["state"] != "denied"}
    assert states["hard"] == "ready"
    assert states["fallen"] == "unmet"
    assert states["ghost"] == "missing"
    hard = next(edge for edge in graph["edges"] if edge["then"] == "hard")
    assert hard == {
        "first": "base",
        "then": "hard",
        "kind": "requires",
        "capability": "ground",
        "hard": True,
        "reason": "hard requires ground (provided by base)",
    }


def test_a_cycle_is_drawn_with_its_edges(cli, install):
    install("chicken", PLUGIN.format(body="requires = ('egg',)"))
    install("egg", PLUGIN.format(body="requires = ('chicken',)"))
    text = cli("plugins", "graph").stdout
    assert "<== egg: chicken requires egg" in text
    assert "<== chicken: egg requires chicken" in text
    assert "cycle: chicken -> egg -> chicken" in text or "cycle: egg -> chicken -> egg" in text


@pytest.mark.parametrize(("form", "escaped"), [("mermaid", "#quot;"), ("dot", '\\"')])
def test_quotes_in_a_capability_break_no_drawing(cli, install, form, escaped):
    install("odd", PLUGIN.format(body="requires = ('a \"b\"',)"))
    assert escaped in cli("plugins", "graph", "--format", form).stdout
