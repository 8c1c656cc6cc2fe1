import dataclasses
import enum
import json
import math
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pydantic import BaseModel, Field
from quart import Quart
from werkzeug.datastructures import MultiDict

from dify_foundation.json_provider.codec import decode, encode, encode_with
from dify_foundation.json_provider.plugin import JsonPlugin

UNUSUAL_TEXT = st.text(st.characters(), max_size=8)  # lone surrogates included
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
KEYS = UNUSUAL_TEXT | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
JSON_ABLE = st.recursive(
    st.none() | st.booleans() | NUMBERS | UNUSUAL_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON_ABLE)
def test_what_the_standard_library_can_write_parses_to_the_same(value):
    assert json.loads(encode(value)) == json.loads(json.dumps(value))


@given(JSON_ABLE)
def test_what_the_standard_library_wrote_is_read_as_it_would(value):
    text = json.dumps(value)
    assert repr(decode(text)) == repr(json.loads(text)) == repr(decode(text.encode()))


@given(JSON_ABLE)
def test_values_survive_a_round_trip(value):
    assert decode(encode(value)) == json.loads(json.dumps(value))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("beside", [1, 2**70])
def test_numbers_that_json_has_no_word_for_become_null(number, beside):
    assert json.loads(encode({"n": [number, beside]})) == {"n": [None, beside]}


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


@dataclasses.dataclass
class Point:
    x: int
    _hidden: tuple[int, ...] = ()


class Model(BaseModel):
    name: str = Field(serialization_alias="title")
    at: datetime


Pair = namedtuple("Pair", "left right")

AT = datetime(2026, 1, 2, 3, 4, 5, 600, UTC)


@pytest.mark.parametrize("beside", [None, 2**70], ids=["fast", "fallback"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AT, "2026-01-02T03:04:05.000600Z"),
        (AT.astimezone(timezone(timedelta(hours=8))), "2026-01-02T11:04:05.000600+08:00"),
        (AT.replace(tzinfo=None, microsecond=0), "2026-01-02T03:04:05"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4, 5), "03:04:05"),
        (time(3, 4, 5, tzinfo=UTC), "03:04:05Z"),
        (Decimal("1.10"), "1.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (Level.LOW, 1),
        (Text("text"), "text"),
        (Markup("<b>"), "<b>"),
        (Point(1, (2,)), {"x": 1, "_hidden": [2]}),
        (Model(name="n", at=AT), {"title": "n", "at": "2026-01-02T03:04:05.000600Z"}),
        (Pair(1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset(("b",)), ["b"]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (MultiDict([("a", "1"), ("a", "2")]), {"a": "1"}),
    ],
)
def test_types_beyond_json_have_one_form_each(value, expected, beside):
    assert json.loads(encode({"v": value, "beside": beside})) == {"v": expected, "beside": beside}


def test_a_set_whose_members_cannot_be_compared_is_a_list_all_the_same():
    assert sorted(json.loads(encode({1, "a"})), key=str) == [1, "a"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (1, "1"),
        (2**70, str(2**70)),
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        (1e16, "1e+16"),
        (math.inf, "Infinity"),
        (Colour.RED, "red"),
        (Level.LOW, "1"),
        (Text("t"), "t"),
        (UUID(int=1), str(UUID(int=1))),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_keys_that_are_no_text_are_written_as_text(key, expected):
    assert json.loads(encode({key: 0})) == {expected: 0}


@pytest.mark.parametrize("value", [object(), b"bytes", {"a": [object]}, {(1, 2): 3}, Point])
def test_other_types_are_refused_by_name(value):
    with pytest.raises(TypeError, match="object of type"):
        encode(value)


def test_a_value_that_holds_itself_is_refused():
    circle = []
    circle.append(circle)
    with pytest.raises(ValueError, match="holds itself"):
        encode(circle)


def test_options_of_the_standard_library_are_honoured():
    assert encode_with({"b": 1, 2: Decimal(3)}, indent=1, sort_keys=True) == '{\n "2": "3",\n "b": 1\n}'


@pytest.mark.parametrize(
    "text", [str(2**64), str(-(2**63) - 1), "[12345678901234567890123]", '{"a":-9223372036854775808}']
)
def test_integers_of_any_size_are_exact(text):
    assert decode(text) == json.loads(text)
    assert type(decode("1" + "0" * 30)) is int


@pytest.mark.parametrize("text", ['"\\ud800"', "﻿{}".encode(), '{"a":1}'.encode("utf-16"), "1e400", '"\ud800"'])
def test_what_only_the_standard_library_reads_is_read(text):
    assert decode(text) == json.loads(text)


@pytest.mark.parametrize(
    "text", ["", "{", "[1,]", "NaN", "[-Infinity]", b"\xff", "{'a':1}", "9" * 5000, "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"line 1|is not JSON|codec can't decode|Exceeds the limit|nested too deeply"):
        decode(text)


@pytest.fixture
def app():
    app = Quart(__name__)
    JsonPlugin().configure_app(app)
    return app


async def test_the_application_answers_and_reads_with_it(app):
    @app.post("/echo")
    async def echo():
        from quart import request

        return {"got": await request.get_json(), "at": AT, "nan": math.nan}

    answer = await app.test_client().post("/echo", json={"n": 2**70, "text": "\ud800é"})
    assert answer.mimetype == "application/json"
    assert json.loads(await answer.get_data()) == {
        "got": {"n": 2**70, "text": "\ud800é"},
        "at": "2026-01-02T03:04:05.000600Z",
        "nan": None,
    }


async def test_a_body_that_is_not_json_is_a_bad_request(app):
    @app.post("/echo")
    async def echo():
        from quart import request

        return await request.get_json()

    for body in (b"{", b"NaN", b"[" * 100_000):
        answer = await app.test_client().post("/echo", data=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400


async def test_the_provider_takes_the_arguments_of_flasks(app):
    assert app.json.dumps({"a": 1}) == '{"a":1}'
    assert app.json.dumps({"a": 1}, indent=1) == '{\n "a": 1\n}'
    assert app.json.loads(b"[1]") == [1]
    assert app.json.loads("[1.5]", parse_float=Decimal) == [Decimal("1.5")]
    assert await app.json.response(1, 2).get_data() == b"[1,2]"
    assert await app.json.response(a="é").get_data() == '{"a":"é"}'.encode()
    with pytest.raises(TypeError, match="not both"):
        app.json.response(1, a=2)
