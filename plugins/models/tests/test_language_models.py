"""Calls of language models: which credentials, how often, with what usage."""

import asyncio
from decimal import Decimal

import pytest

from dify_models import ModelProviders
from dify_runtime_sdk import Interceptor, hookimpl
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModels,
    ModelCall,
    ModelCredentialsError,
    ModelCredentialsMissingError,
    ModelId,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelType,
    ModelUnavailableError,
    ModelUsage,
    ToolCall,
)

SMALL = ModelId("probe", "small")


def limited(wait=0.0):
    error = ModelRateLimitError("too many")
    error.retry_after = wait
    return error


def down():
    error = ModelUnavailableError("down")
    error.retry_after = 0.0
    return error


@pytest.fixture
async def models(booted):
    return await booted.services.get(LanguageModels)


@pytest.fixture
async def ready(booted, tenant):
    providers = await booted.services.get(ModelProviders)
    await providers.add(tenant.id, "probe", {"key": "one"})
    return providers


async def answer(models, request):
    return [chunk async for chunk in models.invoke(request)]


async def test_an_answer_ends_with_its_usage_and_price(models, ready, probe, request_of):
    usage = ModelUsage(prompt_tokens=4, completion_tokens=50)
    probe.plan = [[LanguageModelChunk(text="a"), LanguageModelChunk(text="b", usage=usage, finish_reason="stop")]]
    chunks = await answer(models, request_of())
    assert [(chunk.text, chunk.usage) for chunk in chunks[:-1]] == [("a", None), ("b", None)]
    found = chunks[-1].usage
    assert (chunks[-1].text, chunks[-1].finish_reason) == ("", "stop")
    assert (found.total_tokens, found.total_price) == (54, Decimal("0.0000306"))
    shown = found.to_json()
    assert (shown["prompt_price"], shown["completion_price"]) == ("6E-7", "0.0000300")
    assert (shown["prompt_unit_price"], shown["completion_unit_price"]) == ("0.15", "0.60")
    assert shown["prompt_price_unit"] == "0.000001"
    assert 0 <= shown["time_to_first_token"] <= shown["latency"]


async def test_usage_that_the_vendor_keeps_to_itself_is_estimated(models, ready, probe, request_of):
    chunks = await answer(models, request_of())
    assert chunks[-1].usage.prompt_tokens >= 4
    assert chunks[-1].usage.completion_tokens == 1


async def test_tool_calls_are_passed_on(models, ready, probe, request_of):
    call = ToolCall(id="a", name="add", arguments="{}")
    probe.plan = [[LanguageModelChunk(tool_calls=[call], finish_reason="tool_calls")]]
    chunks = await answer(models, request_of())
    assert [chunk.tool_calls for chunk in chunks if chunk.tool_calls] == [[call]]
    assert chunks[-1].finish_reason == "tool_calls"


async def test_a_refusal_for_now_is_tried_again(models, ready, probe, request_of):
    probe.plan = [limited(), down(), "hello"]
    assert [chunk.text for chunk in await answer(models, request_of())] == ["hello", ""]
    assert len(probe.calls) == 4  # one validated the credentials


async def test_trying_again_has_an_end(models, ready, probe, request_of):
    probe.plan = [limited()]
    with pytest.raises(ModelRateLimitError):
        await answer(models, request_of())
    assert len(probe.calls) == 4


async def test_a_vendor_that_asks_for_a_long_pause_is_not_waited_for(models, ready, probe, request_of):
    probe.plan = [limited(3600)]
    with pytest.raises(ModelRateLimitError):
        await answer(models, request_of())
    assert len(probe.calls) == 2


@pytest.mark.parametrize("error", [ModelRequestError("no"), ModelCredentialsError("no"), ModelNotFoundError("no")])
async def test_what_will_not_mend_itself_is_tried_once(models, ready, probe, request_of, error):
    probe.plan = [error]
    with pytest.raises(type(error)):
        await answer(models, request_of())
    assert len(probe.calls) == 2


async def test_a_broken_answer_is_not_begun_anew(models, ready, probe, request_of):
    probe.plan = [[LanguageModelChunk(text="he"), down()], "never"]
    stream = models.invoke(request_of())
    assert (await anext(stream)).text == "he"
    with pytest.raises(ModelUnavailableError):
        await anext(stream)


async def test_whoever_stops_reading_closes_the_call(models, ready, probe, request_of):
    probe.plan = [[LanguageModelChunk(text="a"), LanguageModelChunk(text="b")]]
    stream = models.invoke(request_of())
    await anext(stream)
    await stream.aclose()
    assert probe.closed == 1


async def test_parameters_are_cast_and_checked(models, ready, probe, request_of):
    await answer(models, request_of(parameters={"temperature": "0.516", "max_tokens": 9.0, "strange": 1}))
    assert probe.calls[-1].request.parameters == {"temperature": 0.52, "max_tokens": 9}
    with pytest.raises(ModelRequestError, match=r"temperature .* at most 1"):
        await answer(models, request_of(parameters={"temperature": 2}))
    await answer(models, request_of(model="custom", parameters={"strange": 1}))
    assert probe.calls[-1].request.parameters == {"strange": 1}


async def test_a_name_that_nobody_serves_is_an_error_that_says_what_to_install(models, request_of):
    with pytest.raises(ModelNotFoundError) as caught:
        await answer(models, request_of(provider="langgenius/anthropic/anthropic"))
    assert caught.value.hint == "install dify-runtime-models-anthropic"
    with pytest.raises(ModelNotFoundError, match="'nobody'") as caught:
        await models.schema(ModelId("nobody", "x"))
    assert "models list" in caught.value.hint


@pytest.mark.parametrize("name", ["acme/probe/probe", "probe", "probing"])
async def test_a_provider_is_found_by_all_of_its_names(models, name):
    schema = await models.schema(ModelId(name, "small"))
    assert (schema.context_size, schema.max_tokens, schema.model.provider) == (100, 2048, name)


async def test_a_model_that_the_provider_has_not_is_an_error(models, ready, request_of):
    with pytest.raises(ModelNotFoundError, match="no-such"):
        await answer(models, request_of(model="no-such"))


async def test_nobody_has_credentials_yet(models, request_of):
    with pytest.raises(ModelCredentialsMissingError) as caught:
        await answer(models, request_of())
    assert "models add probe" in caught.value.hint


async def test_the_operators_credentials_serve_where_everything_is_in_one_process(models, probe, request_of):
    probe.given = {"key": "shared"}
    await answer(models, request_of())
    access = probe.calls[-1].access
    assert (access.credentials, access.trusted) == ({"key": "shared"}, True)


async def test_several_credentials_take_turns(models, ready, tenant, probe, request_of):
    ids = [one.id for one in await ready.credentials(tenant.id, "probe")]
    ids.append(await ready.add(tenant.id, "probe", {"key": "two"}))
    await ready.balance(tenant.id, SMALL, ModelType.LLM, ids)
    for _ in range(4):
        await answer(models, request_of())
    keys = [call.access.credentials["key"] for call in probe.calls[2:]]
    assert keys in (["one", "two", "one", "two"], ["two", "one", "two", "one"])


async def test_credentials_that_are_refused_rest_while_others_work(models, ready, tenant, probe, request_of):
    ids = [one.id for one in await ready.credentials(tenant.id, "probe")]
    ids.append(await ready.add(tenant.id, "probe", {"key": "two"}))
    await ready.balance(tenant.id, SMALL, ModelType.LLM, ids)
    probe.plan = [lambda access: limited() if access.credentials["key"] == "one" else "hello"]
    for _ in range(4):
        await answer(models, request_of())
    keys = [call.access.credentials["key"] for call in probe.calls[2:]]
    assert (keys.count("one"), keys.count("two")) == (1, 4)


async def test_one_is_left_when_the_others_are_taken_away(models, ready, tenant, probe, request_of):
    other = await ready.add(tenant.id, "probe", {"key": "two"})
    first = next(one.id for one in await ready.credentials(tenant.id, "probe") if one.id != other)
    await ready.balance(tenant.id, SMALL, ModelType.LLM, [first, other])
    await ready.balance(tenant.id, SMALL, ModelType.LLM, [])
    for _ in range(2):
        await answer(models, request_of())
    assert [call.access.credentials["key"] for call in probe.calls[2:]] == ["one", "one"]


async def test_calls_at_once_do_not_mix(models, ready, probe, request_of):
    probe.plan = [lambda _access: [LanguageModelChunk(text="a"), LanguageModelChunk(text="b")]]
    answers = await asyncio.gather(*(answer(models, request_of()) for _ in range(5)))
    assert all([chunk.text for chunk in one] == ["a", "b", ""] for one in answers)


async def test_a_prompt_is_counted(models, request_of):
    request = request_of()
    assert await models.count_tokens(SMALL, request.messages) > 4


class Shouting(Interceptor[ModelCall, LanguageModelChunk]):
    """Answers louder."""

    call_type = ModelCall

    async def around_stream(self, call, proceed):
        async for chunk in proceed(call):
            yield LanguageModelChunk(text=chunk.text.upper(), usage=chunk.usage)


async def test_interceptors_wrap_calls(runtime, plugins, probe):
    class Loud(plugins["probe"]):
        @hookimpl
        def interceptors(self):
            return [Shouting()]

    probe.given = {"key": "shared"}
    booted = await runtime(plugins | {"probe": Loud}, roles=("job",), settings={"MIGRATION_ENABLED": True})
    models = await booted.services.get(LanguageModels)
    from dify_runtime_sdk.models import LanguageModelRequest, Message

    request = LanguageModelRequest(model=SMALL, messages=[Message(role="user", content="hi")])
    assert [chunk.text async for chunk in models.invoke(request)] == ["HELLO", ""]
