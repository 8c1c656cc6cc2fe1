"""What the suite of tokens leaves open."""

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_runtime_sdk.secrets import InvalidTokenError, SecretsError
from dify_secrets.domain.keyring import Keyring
from dify_secrets.domain.tokens import LEEWAY, LIMIT
from dify_secrets.services.tokens import TokenService

KEY = "k" * 64
TOKENS = TokenService(Keyring(KEY))


def test_clocks_may_differ_a_little():
    assert TOKENS.verify(TOKENS.issue({"sub": "a"}, lifetime=-LEEWAY / 2))["sub"] == "a"
    with pytest.raises(InvalidTokenError):
        TOKENS.verify(TOKENS.issue({"sub": "a"}, lifetime=-LEEWAY - 2))


def test_a_lifetime_goes_before_a_claim_exp():
    assert TOKENS.verify(TOKENS.issue({"exp": 1}, lifetime=60))["exp"] > 1
    with pytest.raises(InvalidTokenError):
        TOKENS.verify(TOKENS.issue({"exp": 1}))


@pytest.mark.parametrize(
    "claims",
    [{"exp": "soon"}, {"exp": None}, {"exp": float("inf")}, {"exp": [1]}, {"nbf": 9e12}, {"iat": 9e12}],
    ids=str,
)
def test_a_malformed_or_future_time_is_refused(claims):
    with pytest.raises(InvalidTokenError):
        TOKENS.verify(TOKENS.issue(claims))


def test_the_audience_is_the_callers_to_check():
    assert TOKENS.verify(TOKENS.issue({"aud": "web", "iss": "SELF_HOSTED"})) == {"aud": "web", "iss": "SELF_HOSTED"}


def test_a_token_up_to_the_limit_is_read():
    token = TOKENS.issue({"text": "x" * (LIMIT * 3 // 4 - 100)})
    assert LIMIT - 150 < len(token) <= LIMIT
    assert TOKENS.verify(token)


def test_claims_that_make_too_long_a_token_are_refused_when_issued():
    with pytest.raises(SecretsError, match=f"the limit is {LIMIT}"):
        TOKENS.issue({"text": "x" * LIMIT})


@given(st.text(max_size=200) | st.lists(st.text("abcdefgh=-_A", max_size=40), min_size=2, max_size=4).map(".".join))
def test_no_text_is_more_than_an_invalid_token(text):
    with pytest.raises(InvalidTokenError):
        TOKENS.verify(text)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_another_algorithm_is_refused_even_with_the_right_key(algorithm):
    key = None if algorithm == "none" else KEY
    with pytest.raises(InvalidTokenError):
        TOKENS.verify(jwt.encode({"sub": "a"}, key, algorithm=algorithm))
