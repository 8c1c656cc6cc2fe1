"""Tables are aligned and wrapped; JSON is whole."""

import json
from pathlib import Path

from dify_runtime.cli.output import print_json, table_lines, width


def test_columns_are_aligned():
    assert table_lines(("A", "BB"), [("long", 1), ("x", None)], 80) == ["A     BB", "long  1", "x     -"]


def test_the_last_column_is_wrapped_below_itself():
    lines = table_lines(None, [("name", "word " * 30)], 80)
    assert len(lines) == 2
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].startswith("      word")


def test_lists_numbers_and_nothing_have_a_form_of_their_own():
    assert table_lines(None, [(("a", "b"), 1.25, "", ())], 80) == ["a, b  1.2  -  -"]


def test_no_rows_are_no_lines():
    assert table_lines(None, [], 80) == []


def test_a_narrow_terminal_counts_as_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert width() == 80


def test_json_takes_what_json_does_not_know(capsys):
    print_json({"path": Path("a"), "word": "größe"})
    text = capsys.readouterr().out
    assert json.loads(text) == {"path": "a", "word": "größe"}
    assert "größe" in text
