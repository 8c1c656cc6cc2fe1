"""The conformance suite of model providers."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from dify_runtime_sdk.model_providers import (
    SERVES,
    EmbedsText,
    GeneratesText,
    Generation,
    ModelAccess,
    ModelProvider,
)
from dify_runtime_sdk.model_uses import EmbeddingRequest
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    Message,
    ModelCredentialsError,
    ModelId,
    ModelRequestError,
    ModelType,
)
from dify_runtime_sdk.workflow.values import File


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProviderLab:
    """What the suite needs to know of a provider: ways to a model of each type it serves, and one that is refused."""

    provider: ModelProvider
    llm: ModelAccess | None = None
    embedding: ModelAccess | None = None
    refused: ModelAccess | None = None
    """Credentials that the server refuses; None where there are no credentials."""
    messages: Sequence[Message] = field(default_factory=lambda: (Message(role="user", content="Say hello."),))


class NoFiles:
    """Prompts without files; satisfies `FileSource`."""

    async def read(self, file: File) -> bytes:
        """There is nothing to read."""
        raise ModelRequestError("this prompt has no files")

    async def url(self, file: File) -> str | None:
        """There is nothing to fetch."""
        return None


class ModelProviderSuite:
    """What every `ModelProvider` must do; subclass it in a test module and pytest runs it.

    It asks for one fixture, `lab`, a `ModelProviderLab`, which has a way to every type that the provider describes. It
    needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    async def test_it_serves_what_it_describes(self, lab: ModelProviderLab) -> None:
        """Every type has its protocol, every model one of the types, no name is there twice."""
        description = lab.provider.description
        assert description is lab.provider.description
        for model_type in description.types:
            assert isinstance(lab.provider, SERVES[model_type])
        assert {one.type for one in description.models} <= set(description.types)
        names = [(one.type, one.name) for one in description.models]
        assert len(names) == len(set(names))

    async def test_fields_of_credentials_have_one_name_each(self, lab: ModelProviderLab) -> None:
        """A form is a mapping."""
        description = lab.provider.description
        for form in (description.provider_credentials, description.model_credentials):
            variables = [one.variable for one in form]
            assert len(variables) == len(set(variables))

    async def test_good_credentials_are_valid(self, lab: ModelProviderLab) -> None:
        """Validation returns."""
        for access in (lab.llm, lab.embedding):
            if access is not None:
                await lab.provider.validate(access)

    async def test_refused_credentials_are_an_error_that_does_not_show_them(self, lab: ModelProviderLab) -> None:
        """The error is typed, and neither its text nor its hint holds a secret."""
        if lab.refused is None:
            description = lab.provider.description
            assert not (*description.provider_credentials, *description.model_credentials), "no credentials are refused"
            return
        with pytest.raises(ModelCredentialsError) as caught:
            await lab.provider.validate(lab.refused)
        for secret in lab.refused.secrets():
            assert secret not in f"{caught.value} {caught.value.hint}"

    async def test_an_answer_comes_in_pieces_and_says_why_it_ended(self, lab: ModelProviderLab) -> None:
        """There is text, and the last piece has the reason; token counts, if any, are those of the vendor."""
        if not _speaks(lab):
            return
        found = await _answer(lab)
        assert "".join(chunk.text for chunk in found).strip()
        assert found[-1].finish_reason
        assert all(chunk.finish_reason is None for chunk in found[:-1])
        usage = found[-1].usage
        assert usage is None or (usage.prompt_tokens > 0 and usage.completion_tokens > 0)

    async def test_an_answer_can_be_left_and_the_next_one_asked_for(self, lab: ModelProviderLab) -> None:
        """Whoever stops reading frees what the call held."""
        if not _speaks(lab):
            return
        async with aclosing(_pieces(lab)) as pieces:
            await anext(pieces)
        assert (await _answer(lab))[-1].finish_reason

    async def test_calls_at_the_same_time_do_not_mix(self, lab: ModelProviderLab) -> None:
        """Every call has an answer of its own."""
        if not _speaks(lab):
            return
        answers = await asyncio.gather(*(_answer(lab) for _ in range(3)))
        assert all(one[-1].finish_reason for one in answers)

    async def test_there_is_one_vector_per_text_all_of_one_length(self, lab: ModelProviderLab) -> None:
        """And the same text has the same vector."""
        if lab.embedding is None:
            assert ModelType.TEXT_EMBEDDING not in lab.provider.description.types
            return
        access = lab.embedding
        request = EmbeddingRequest(model=_id(access), texts=["one", "two words", "one"])
        found = await cast("EmbedsText", lab.provider).embed(access, request)
        assert len(found.vectors) == len(request.texts)
        assert len({len(vector) for vector in found.vectors}) == 1
        assert list(found.vectors[0]) == pytest.approx(list(found.vectors[2]), abs=1e-3)


def _speaks(lab: ModelProviderLab) -> bool:
    """Whether there is a language model to ask; one that is described must be there."""
    assert lab.llm is not None or ModelType.LLM not in lab.provider.description.types
    return lab.llm is not None


def _pieces(lab: ModelProviderLab) -> AsyncGenerator[LanguageModelChunk]:
    assert lab.llm is not None
    request = LanguageModelRequest(model=_id(lab.llm), messages=lab.messages, parameters={"max_tokens": 16})
    call = Generation(access=replace(lab.llm, type=ModelType.LLM), request=request, files=NoFiles())
    return cast("AsyncGenerator[LanguageModelChunk]", cast("GeneratesText", lab.provider).generate(call))


async def _answer(lab: ModelProviderLab) -> list[LanguageModelChunk]:
    async with aclosing(_pieces(lab)) as pieces:
        return [chunk async for chunk in pieces]


def _id(access: ModelAccess) -> ModelId:
    return ModelId(access.provider.name, access.model)
