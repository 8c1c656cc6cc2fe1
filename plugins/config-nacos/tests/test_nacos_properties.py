"""The text format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_config_nacos.properties import parse_properties


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("A=1", {"A": "1"}),
        ("A:1", {"A": "1"}),
        ("A = 1 \n\tB\t:\t2\t\r\n", {"A": "1", "B": "2"}),
        ("A=1=2:3", {"A": "1=2:3"}),
        ("A:1=2", {"A": "1=2"}),
        ("A=", {"A": ""}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=1\na=2", {"A": "1", "a": "2"}),
        ("", {}),
        ("\n \n\t\n", {}),
        ("# A=1\n  ! B=2\nC=3", {"C": "3"}),
        ("A=1 # not a comment", {"A": "1 # not a comment"}),
        ("no separator\nA=1", {"A": "1"}),
        ("=nameless\n : too", {}),
        ("A\\=B=1", {"A\\=B": "1"}),
        ("A\\:B:1", {"A\\:B": "1"}),
        ("A\\\\=1", {"A\\\\": "1"}),
        ("escaped\\=only", {}),
        ("A=1\\\nB=2", {"A": "1\\", "B": "2"}),
    ],
)
def test_lines(text: str, settings: dict[str, str]) -> None:
    assert parse_properties(text) == settings


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"a\=b\:c", "a=b:c"),
        (r"one\ntwo\tthree\rfour", "one\ntwo\tthree\rfour"),
        (r"back\\slash", r"back\slash"),
        (r"\\n", r"\n"),
        (r"\\=", r"\="),
        (r"\"quoted\' text", "\"quoted' text"),
        (r"\u00fc\u4f60\u597d", "ü你好"),
        (r"\xfc\U0001F600", "ü😀"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", r"\ud83d"),
        (r"x\ude00\ud83dx", r"x\ude00\ud83dx"),
        (r"\U00110000", r"\U00110000"),
        (r"\u12", r"\u12"),
        (r"\xz \d \w \ ", r"\xz \d \w" + " \\"),
        ("grüß dich 你好 😀", "grüß dich 你好 😀"),
        (r"ü\u00fcü\nü", "üüü\nü"),
        ("form\x0cfeed\x1cand\u2028line\x85separators", "form\x0cfeed\x1cand\u2028line\x85separators"),
    ],
)
def test_values(written: str, value: str) -> None:
    assert parse_properties(f"A={written}") == {"A": value}


@given(st.text())
def test_any_text_can_be_read_and_gives_text_that_can_be_encoded(text: str) -> None:
    for name, value in parse_properties(text.encode("utf-8", "ignore").decode()).items():
        assert name
        assert value.encode().decode() == value


@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\\")))
def test_values_without_escapes_are_taken_as_written(value: str) -> None:
    assert parse_properties(f"NAME={value}") == {"NAME": value}
