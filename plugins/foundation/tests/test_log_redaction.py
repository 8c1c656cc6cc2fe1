import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_foundation import redact, redact_value

SECRET = "hunter2XYZ"
KEY = "a1B2c3D4e5F6g7H8i9J0k1L2"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "authorization: {}",
        "proxy-authorization=Basic {}",
        '{{"Authorization": "Bearer {}"}}',
        "{{'authorization': 'token {}'}}",
        "[(b'authorization', b'Bearer {}')]",
        "sent bearer {} upstream",
        "api_key={}&x=1",
        "apikey={}",
        "API-KEY: {}",
        "X-Api-Key: {}",
        "OPENAI_API_KEY={}",
        "aws_secret_access_key = {}",
        '"password": "{}"',
        '"password":"{} with spaces, \\" a quote and {}"',
        "'password': '{}'",
        "password='{}'",
        "passwd={}",
        "PWD={};",
        "DB_PASSWORD={}\n",
        "password => {}",
        '"{{\\"password\\": \\"{}\\"}}"',
        '"{{\\"password\\": \\"a \\\\\\" {}\\"}}"',
        "Settings(password='{}', port=1)",
        "client_secret={}",
        "token={}",
        "refresh_token={}; path=/",
        '"credentials": "{}"',
        "GET https://host/file?timestamp=1&nonce=2&sign={}",
        "GET https://host/v1?key={}",
        "postgresql://dify:{}@db:5432/dify",
        "redis://:{}@cache:6379/0",
        "amqp://user:p@ss{}@broker",
        "https://{}@host/repository.git",
        "a password: {} in prose",
    ],
)
def test_the_secret_is_masked(text):
    shown = redact(text.replace("{}", SECRET).replace("{{", "{").replace("}}", "}"))
    assert SECRET not in shown
    assert "***" in shown


@pytest.mark.parametrize("prefix", ["app-", "dataset-", "sk-", "sk-ant-api03-"])
def test_keys_are_known_by_their_prefix(prefix):
    assert KEY not in redact(f"called with {prefix}{KEY}.")


def test_a_signed_web_token_is_masked():
    assert redact("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl") == "got eyJ***"


def test_what_stands_around_a_secret_stays():
    text = f'POST postgresql://dify:{SECRET}@db:5432/x {{"user": "ann", "password": "{SECRET}", "n": 1}} done'
    assert redact(text) == 'POST postgresql://dify:***@db:5432/x {"user": "ann", "password": "***", "n": 1} done'


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=512 total_tokens: 5 of tokens",
        "the task app-metrics-with-a-long-name started",
        f"risk-{KEY}",
        "password is missing",
        "password: null",
        'password=""',
        "token=None",
        "GET http://localhost:5001/v1?email=ann@example.com",
        "https://host/path:with@sign",
        "mail ann@example.com: sent",
        "key 'x' of the mapping",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


@given(st.text(alphabet=st.sampled_from("aAbk:=\"'\\ /@.-?&{[,\n"), max_size=60))
def test_redaction_never_fails_and_is_stable(noise):
    text = f"{noise}token={SECRET}{noise}"
    once = redact(text)
    assert SECRET not in once or "tokens=" in text
    assert redact(once) == once


@given(st.text(min_size=1))
def test_a_json_password_is_masked_whatever_it_is_and_the_json_stays_json(password):
    text = json.dumps({"a": 1, "password": password, "b": [2]})
    assert json.loads(redact(text)) == {"a": 1, "password": "***", "b": [2]}


@pytest.mark.parametrize(
    "unit",
    [
        "password",
        "token=",
        "token=(",
        "token='",
        'token="\\',
        "password\\",
        "password    ",
        '"token"\\"',
        'token:\\"\\\\',
        "://",
        "://a:",
        "://a@",
        "a:",
        "bearer ",
        "authorization: bearer ",
        "eyJ",
        "-eyJa.",
        "sk-",
        "app-",
        "&key=",
    ],
)
def test_hostile_text_takes_linear_time(unit):
    size = 200_000  # quadratic work would take hours here, and the test's time limit is minutes
    for text in (unit * (size // len(unit)), "://x:" + unit * (size // len(unit)), f"token={unit}" + unit[-1] * size):
        assert len(redact(text)) <= len(text) * 2


def test_values_under_secret_keys_are_masked_in_structures():
    value = {
        "api_key": SECRET,
        "nested": [{"Password": 1234, "token": None, "max_tokens": 5}, ("x", f"token={SECRET}")],
        "credentials": {"openai_api_key": SECRET, "region": "eu"},
    }
    assert redact_value(value) == {
        "api_key": "***",
        "nested": [{"Password": "***", "token": None, "max_tokens": 5}, ["x", "token=***"]],
        "credentials": {"openai_api_key": "***", "region": "eu"},
    }


def test_other_objects_and_deep_structures_become_redacted_text():
    deep = {"a": {"a": {"a": {"a": {"a": {"a": {"a": f"token={SECRET}"}}}}}}}
    assert SECRET not in str(redact_value(deep))
    assert redact_value({"on": date(2026, 1, 2), 3: {1}}) == {"on": "2026-01-02", "3": [1]}
