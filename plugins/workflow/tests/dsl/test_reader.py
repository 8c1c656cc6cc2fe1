"""Texts that are no plain YAML, or that would harm a careless reader."""

import datetime

import pytest
import yaml

from dify_workflow.dsl import DslLimitError, DslSyntaxError, Limits, load
from dify_workflow.dsl.reader import decode, read, read_positions

LIMITS = Limits()


def values(text):
    reading = read(text, LIMITS)
    assert reading.problems == ()
    return reading.value


def failure(text, limits=LIMITS):
    with pytest.raises(DslSyntaxError) as caught:
        load(text, limits=limits)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", True),
        ("No", False),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("0o7", "0o7"),
        ("017", 15),
        ("1_000", 1000),
        ("1:30", 90),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        ("2024-01-02", datetime.date(2024, 1, 2)),
        ("0.3.1", "0.3.1"),
        ("=", "="),
        ("'on'", "on"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("!!int '7'", 7),
        ("!!binary aGk=", b"hi"),
    ],
)
def test_scalars_are_read_as_the_common_safe_loader_reads_them(text, value):
    read_value = values(f"key: {text}")["key"]
    assert (read_value, type(read_value)) == (value, type(value))


def test_aliases_and_merges_become_values_of_their_own():
    read_values = values("a: &a {x: [1]}\nb: *a\nc: {<<: *a, y: 2}\nd: {<<: [*a, {x: 9, z: 3}]}\n")
    assert read_values["b"] == {"x": [1]}
    assert read_values["b"] is not read_values["a"]
    assert read_values["c"] == {"x": [1], "y": 2}
    assert read_values["d"] == {"x": [1], "z": 3}


def test_a_scalar_can_have_an_anchor():
    assert values("a: &a 1\nb: *a") == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3", "duplicate_key", 3, 1),
        ("a: {x: 1, x: 2}", "duplicate_key", 1, 11),
        ("1: a", "key_not_text", 1, 1),
        ("on: a", "key_not_text", 1, 1),
        ("? [a]\n: b", "key_not_text", 1, 3),
        ("a: &a x\n*a : b", "key_not_text", 2, 1),
        ("a: 2024-13-45", "invalid_scalar", 1, 4),
        (f"a: {'9' * 5000}", "invalid_scalar", 1, 4),
        ("a: !!python/name:os.system x", "invalid_scalar", 1, 4),
        ("a: !!set {x}", "invalid_tag", 1, 4),
        ("a: !thing {x: 1}", "invalid_tag", 1, 4),
        ("a: {<<: 1}", "invalid_merge", 1, 9),
        ("a: *b", "unknown_alias", 1, 4),
        ("a: 1\n---\nb: 2", "several_documents", 2, 1),
        ("a: [1\n", "invalid_yaml", 2, 1),
        ("a: b: c", "invalid_yaml", 1, 5),
        ("a:\n\t- b", "invalid_yaml", 2, 1),
        ("a: \x00", "invalid_character", 1, 4),
        ("a: ok\nb: \ud800", "not_utf8", 2, 4),
        (b"a: ok\nb: \xff", "not_utf8", 2, 4),
        (b"\xff\xfea\x00", "not_utf8", 1, 1),
    ],
)
def test_bad_texts_are_told_with_their_place(text, code, line, column):
    problem = next(problem for problem in failure(text).problems if problem.code == code)
    assert (problem.line, problem.column) == (line, column)


def test_all_duplicate_keys_are_told_at_once():
    problems = failure("a: 1\na: 2\nb: {c: 1, c: 2}\n").problems
    assert [problem.line for problem in problems if problem.code == "duplicate_key"] == [2, 3]


def test_endless_problems_end_the_reading():
    problems = failure("a: 1\n" * 5000).problems
    assert len(problems) == 1000


def test_a_problem_below_nodes_that_are_no_list_names_no_node():
    problems = failure("app: {mode: workflow}\nworkflow: {graph: {nodes: {x: 1, x: 2}}}").problems
    assert {problem.node_id for problem in problems} == {None}


def test_tabs_get_a_hint():
    assert "spaces" in failure("a:\n\t- b").hint
    assert failure("a: [").hint is None


def test_a_value_that_cannot_be_read_is_not_quoted_for_it_may_be_a_secret():
    assert "13-45" not in str(failure("value: 2024-13-45"))


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert decode(b"\xef\xbb\xbfa: 1", LIMITS) == decode("\ufeffa: 1", LIMITS) == "a: 1"


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "a: " + "[" * 100 + "]" * 100])
def test_deep_nesting_is_refused_and_not_followed(text):
    error = failure(text)
    assert isinstance(error, DslLimitError)
    assert error.problems[0].code == "too_deep"


def test_nesting_up_to_the_limit_is_read():
    assert values("a: " + "[" * 99 + "]" * 99)["a"] is not None


def test_aliases_do_not_nest_deeper_than_the_limit_either():
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 120))]
    assert failure("\n".join(lines)).problems[0].code == "too_deep"


def test_an_alias_bomb_is_refused_before_it_unfolds():
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    error = failure("\n".join(lines))
    assert isinstance(error, DslLimitError)
    assert error.problems[0].code == "too_many_values"


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: {c: *a}}", "&a {<<: *a}"])
def test_an_endless_alias_is_refused(text):
    assert failure(text).problems[0].code == "endless_alias"


@pytest.mark.parametrize("text", ["x" * 11, b"x" * 11, "ä" * 6])
def test_a_file_over_the_size_limit_is_refused_unread(text):
    error = failure(text, Limits(max_bytes=10))
    assert isinstance(error, DslLimitError)
    assert error.problems[0].code == "too_large"


def test_the_default_size_limit_is_ten_mebibytes():
    assert failure("#" * (10 * 1024 * 1024 + 1)).problems[0].code == "too_large"


def test_positions_are_those_of_keys_and_items():
    positions = read_positions("a:\n  b: [x,\n      {c: 1}]\n  <<: {d: 1}\n", LIMITS)
    assert positions == {
        (): (1, 1),
        ("a",): (1, 1),
        ("a", "b"): (2, 3),
        ("a", "b", 0): (2, 7),
        ("a", "b", 1): (3, 7),
        ("a", "b", 1, "c"): (3, 8),
        ("a", "<<"): (4, 7),
        ("a", "<<", "d"): (4, 8),
    }


def test_a_parser_without_libyaml_gives_the_same(monkeypatch):
    text = "a: &a {x: [1, on]}\nb: {<<: *a}\n"
    fast, positions = values(text), read_positions(text, LIMITS)
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert values(text) == fast
    assert read_positions(text, LIMITS) == positions
    problem = failure("a: ok\nb: \x00").problems[0]
    assert (problem.code, problem.line, problem.column) == ("invalid_character", 2, 4)
    assert failure("[" * 100_000).problems[0].code == "too_deep"
