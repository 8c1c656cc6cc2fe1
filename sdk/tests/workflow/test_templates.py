"""References in texts."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_runtime_sdk.workflow import Selector, Template, TextForm, to_text


class Texts:
    """A source of texts over a plain mapping."""

    def __init__(self, values: Mapping[Selector, object]) -> None:
        self._values = values

    def text(self, selector: Selector, form: TextForm = TextForm.TEXT) -> str | None:
        return to_text(self._values[selector], form) if selector in self._values else None


VALUES = Texts({("n1", "out"): "A", ("sys", "query"): "Q", ("n2", "items"): ["x"], ("n3", "none"): None})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{#n1.out#}}", "A"),
        ("<{{#n1.out#}}|{{#sys.query#}}>", "<A|Q>"),
        ("{{#n2.items#}}", '["x"]'),
        ("[{{#n3.none#}}]", "[]"),
        ("A {{#x.y#}} B", "A x.y B"),
        ("{{#one#}} {{n1.out}} {{# n1.out #}}", "{{#one#}} {{n1.out}} {{# n1.out #}}"),
        ("{{#n1.1out#}}", "{{#n1.1out#}}"),
        ("{{#" + "a" * 51 + ".b#}}", "{{#" + "a" * 51 + ".b#}}"),
        ("{{#a." + "b" * 31 + "#}}", "{{#a." + "b" * 31 + "#}}"),
    ],
)
def test_references_are_replaced_and_everything_else_stays(text, expected):
    assert Template.parse(text).render(VALUES) == expected


def test_the_form_reaches_the_values():
    assert Template.parse("{{#n2.items#}}").render(VALUES, TextForm.MARKDOWN) == "- x"


def test_a_whole_literal_that_reads_like_a_path_is_replaced_as_in_dify():
    assert Template.parse("n1.out").render(VALUES) == "A"
    assert Template.parse("{{#sys.query#}}n1.out{{#sys.query#}}").render(VALUES) == "QAQ"
    assert Template.parse(" n1.out").render(VALUES) == " n1.out"


def test_a_template_tells_what_it_refers_to():
    assert Template.parse("{{#a.b#}} {{#c.d.e#}} {{#a.b#}}").selectors == (("a", "b"), ("c", "d", "e"), ("a", "b"))


@given(st.text(st.characters(exclude_characters="{.")))
def test_a_text_without_references_is_its_own_rendering(text):
    assert Template.parse(text).render(VALUES) == text
