"""JSON as people and models write it."""

import pytest

from dify_nodes.models.lenient_json import NoJsonError, find_object, read_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a": 1} ', {"a": 1}),
        ("null", None),
        ('"text"', "text"),
        ("[]", []),
        ('{"a": "line\nend"}', {"a": "line\nend"}),
        ("{'a': True, 'b': None,}", {"a": True, "b": None}),
        ('{"a": 1, // remark\n "b": 2}', {"a": 1, "b": 2}),
        ('{"a": "' + "x" * 2000, {"a": "x" * 2000}),
    ],
)
async def test_values_are_read_and_repaired(text, value):
    assert await read_json(text) == value


async def test_proper_json_may_be_as_large_as_it_likes():
    assert len(await read_json(f"[{'1,' * 1_000_000}1]")) == 1_000_001


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "hello",
        "[" * 200_000,
        "{" * 200_000,
        '{"a":' * 100_000,
        '{"a": "b" c ' * 100_000,
        "[" * 200_000 + "]" * 200_000,
        "lorem {ipsum " * 20_000,
    ],
)
async def test_what_holds_no_json_or_would_take_too_long_is_refused(text):
    with pytest.raises(NoJsonError):
        await read_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('before {"a": {"b": "}"}} after {"c": 1}', {"a": {"b": "}"}}),
        ('[[{"a": 1}]]', {"a": 1}),
        ("{'a': 1} and {'b': 2}", {"a": 1}),
        (r'{"a": "\"}"}', {"a": '"}'}),
        ("} {'a': 1}", {"a": 1}),
        ("{oops} {'a': 1}", {"a": 1}),
        ("{{'a': 1}}", {"a": 1}),
        ("{}", {}),
    ],
)
async def test_the_object_is_found_between_other_words(text, value):
    assert await find_object(text) == value


@pytest.mark.parametrize("text", ["", "no braces", "}", "{", "[1, 2]", "{" * 100_000, '{"' * 100_000, "\\" * 100_000])
async def test_without_an_object_there_is_none(text):
    assert await find_object(text) is None
