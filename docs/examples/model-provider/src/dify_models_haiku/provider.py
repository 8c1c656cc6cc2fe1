"""The provider: credentials, models, and one wire format."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.egress import Egress
from dify_runtime_sdk.model_http import ModelHttp
from dify_runtime_sdk.model_providers import Generation, ModelAccess, vendor_error
from dify_runtime_sdk.model_schemas import CredentialField, ModelSchema, ParameterRule, Pricing, ProviderDescription
from dify_runtime_sdk.models import LanguageModelChunk, ModelType, ModelUnavailableError, ModelUsage

DESCRIPTION = ProviderDescription(
    name="acme/haiku/haiku",
    label="Haiku",
    provider_credentials=(
        CredentialField(variable="key", label="Key", type="secret-input", required=True),
        CredentialField(variable="url", label="Address", required=True),
    ),
    models=(
        ModelSchema(
            name="basho-1",
            context_size=4096,
            parameter_rules=(ParameterRule.of("temperature"), ParameterRule.of("max_tokens", max=512)),
            pricing=Pricing.per_million("0.10", "0.30"),
        ),
    ),
)


class HaikuProvider:
    """Satisfies `ModelProvider` and `GeneratesText`."""

    description = DESCRIPTION

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._http: ModelHttp | None = None

    def operator_credentials(self) -> Mapping[str, str] | None:
        """This provider has no settings."""
        return None

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        """There are no models but those of the list."""
        return None

    async def validate(self, access: ModelAccess) -> None:
        """Ask for something cheap that needs the key."""
        http = await self._connect()
        await http.json(access, "GET", f"{access.credentials['url']}/me", headers=_headers(access))

    async def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        """The answer, line by line."""
        access, http = call.access, await self._connect()
        prompt = [{"who": message.role, "says": message.content} for message in call.request.messages]
        body = {"model": access.model, "prompt": prompt, **call.request.parameters}
        usage: ModelUsage | None = None
        async with (
            http.open(
                access, "POST", f"{access.credentials['url']}/poems", json=body, headers=_headers(access)
            ) as response,
            aclosing(http.events(access, response)) as batches,
        ):
            async for events in batches:
                for event in events:
                    if event.name == "end":
                        usage = _usage(json.loads(event.data))
                    else:
                        yield LanguageModelChunk(text=event.data.decode())
        if usage is None:
            raise vendor_error(ModelUnavailableError, access, "the poem has no end")
        yield LanguageModelChunk(usage=usage, finish_reason="stop")

    async def _connect(self) -> ModelHttp:
        if self._http is None:
            self._http = ModelHttp(await self._runtime.services.get(Egress))
        return self._http


def _headers(access: ModelAccess) -> dict[str, str]:
    return {"x-haiku-key": access.credentials["key"]}


def _usage(counts: Mapping[str, int]) -> ModelUsage:
    return ModelUsage(prompt_tokens=counts["read"], completion_tokens=counts["written"])
