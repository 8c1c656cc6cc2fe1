"""Rules without services: parameters, prices, token counts, names."""

from decimal import Decimal

import pytest

from dify_models.domain.parameters import checked
from dify_models.domain.prices import price
from dify_models.domain.providers import Providers
from dify_models.domain.tokens import estimate
from dify_models.services.counting import TokenCounter
from dify_runtime_sdk import DuplicateNameError, PluginError
from dify_runtime_sdk.model_providers import ModelAccess
from dify_runtime_sdk.model_schemas import ModelSchema, ParameterRule, ProviderDescription
from dify_runtime_sdk.models import Message, ModelRequestError, ModelType

ACCESS = ModelAccess(provider=ProviderDescription(name="a/b/c", label="C"), model="m")


def check(rule, *value, **parameters):
    given = {rule.name: value[0]} if value else parameters
    return checked(given, ModelSchema(name="m", parameter_rules=(rule,)), ACCESS)


@pytest.mark.parametrize(
    ("rule", "value", "wanted"),
    [
        (ParameterRule.of("temperature"), "0.5", 0.5),
        (ParameterRule.of("temperature"), 0.12345, 0.12),
        (ParameterRule.of("max_tokens"), "64", 64),
        (ParameterRule.of("max_tokens"), 64.0, 64),
        (ParameterRule(name="on", type="boolean"), "true", True),
        (ParameterRule(name="on", type="boolean"), False, False),
        (ParameterRule(name="word", type="string", options=("a", "b")), "b", "b"),
        (ParameterRule(name="word", type="text"), "anything", "anything"),
    ],
)
def test_a_value_is_cast(rule, value, wanted):
    assert check(rule, value) == {rule.name: wanted}


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        (ParameterRule.of("temperature"), 1.1, "at most 1"),
        (ParameterRule.of("temperature"), -0.1, "at least 0"),
        (ParameterRule.of("temperature"), "hot", "is a number"),
        (ParameterRule.of("temperature"), True, "is a number"),
        (ParameterRule.of("temperature"), "NaN", "is a number"),
        (ParameterRule.of("max_tokens"), 1.5, "whole number"),
        (ParameterRule(name="on", type="boolean"), "perhaps", "true or false"),
        (ParameterRule(name="word", type="string", options=("a", "b")), "c", "one of a, b"),
        (ParameterRule(name="word", type="string"), 3, "is a text"),
    ],
)
def test_a_value_that_is_wrong_is_refused_with_its_name(rule, value, message):
    with pytest.raises(ModelRequestError, match=f"parameter {rule.name} .*{message}"):
        check(rule, value)


def test_a_required_value_has_its_default_or_is_missed():
    assert check(ParameterRule(name="x", type="int", required=True, default=3)) == {"x": 3}
    with pytest.raises(ModelRequestError, match="is required"):
        check(ParameterRule(name="x", type="int", required=True))
    assert check(ParameterRule(name="x", type="int", default=3)) == {}


def test_a_rule_takes_the_value_of_its_template_under_its_own_name():
    rule = ParameterRule.of("max_tokens", name="longest")
    assert check(rule, max_tokens=9) == {"longest": 9}


def test_prices_are_decimals_of_seven_places():
    assert price(3, Decimal("0.15"), Decimal("0.000001")) == Decimal("0.0000004")  # to the even digit, as recorded
    assert str(price(0, Decimal("0.15"), Decimal("0.000001"))) == "0E-7"


def test_a_provider_that_does_not_serve_its_type_is_refused():
    class Mute:
        description = ProviderDescription(name="a/b/c", label="C", types=(ModelType.RERANK,))

    with pytest.raises(PluginError, match="is no Reranks"):
        Providers().add(Mute(), owner="x")


def test_a_name_has_one_provider():
    class Empty:
        def __init__(self, name):
            self.description = ProviderDescription(name=name, label="C", types=())

    providers = Providers()
    providers.add(Empty("a/b/c"), owner="x")
    with pytest.raises(DuplicateNameError, match=r"'x'.*'y'"):
        providers.add(Empty("d/e/c"), owner="y")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("hello world", 2), ("12345", 2), ("你好", 2), ("a, b", 3), ("internationalisation", 4)],
)
def test_tokens_are_estimated(text, tokens):
    assert estimate(text) == tokens


async def test_an_estimate_is_near_the_exact_count():
    text = "The quick brown fox jumps over the lazy dog, and 1,234 other animals watch it do so. " * 400
    about = await TokenCounter("estimate").texts([text])
    exact = await TokenCounter("bpe").texts([text])
    assert 0.7 < about / exact < 1.4


async def test_messages_and_tool_calls_count():
    counter = TokenCounter("estimate")
    assert await counter.messages([Message(role="user", content=["hello", "world"])]) == 2 + 4
