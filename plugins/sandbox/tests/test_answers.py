"""What becomes of results on their way to the caller."""

import pytest

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLanguage
from dify_sandbox.answers import request_of, result_of
from dify_sandbox.scientific import numbers_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e+5", 1e5),
        ("-1.5e-3", -1.5e-3),
        ("10.e+2", 1000.0),
        ("1e+400", "1e+400"),
        ("1e5", "1e5"),
        ("1E+5", "1E+5"),
        (".5e+1", ".5e+1"),
        ("+1e+5", "+1e+5"),
        (" 1e+5", " 1e+5"),
        ("1e+5x", "1e+5x"),
        ("", ""),
    ],
)
def test_a_text_in_scientific_notation_is_a_number(text, number):
    found = numbers_of({"1e+5": [text]})
    assert found == {"1e+5": [number]}
    assert type(found["1e+5"][0]) is type(number)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"1", b"null", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000])
async def test_what_is_no_object_of_json_is_an_error(text):
    with pytest.raises(CodeExecutionError):
        await result_of(text)


async def test_a_large_result_is_read_too():
    text = "x" * 1_000_000
    assert await result_of(b'{"a": "' + text.encode() + b'"}') == {"a": text}


def test_inputs_that_go_round_in_circles_are_an_error():
    circle = []
    circle.append(circle)
    with pytest.raises(CodeExecutionError, match="not JSON"):
        request_of(CodeCall(CodeLanguage.PYTHON3, "", {"a": circle}))
