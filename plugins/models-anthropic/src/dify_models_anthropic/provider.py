"""The provider `anthropic`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.egress import Egress
from dify_runtime_sdk.model_providers import Generation, ModelAccess, vendor_error
from dify_runtime_sdk.model_schemas import ModelSchema
from dify_runtime_sdk.models import LanguageModelChunk, ModelCredentialsError, ModelType

from .catalogue import CONTEXT, DESCRIPTION, FEATURES, rules

if TYPE_CHECKING:
    from dify_runtime_sdk.model_http import ModelHttp

_ADDRESS: Final = "https://api.anthropic.com"
_VERSION: Final = "2023-06-01"
_LONGEST: Final = 128_000


class AnthropicProvider:
    """Satisfies `ModelProvider` and `GeneratesText`; orjson and httpx come with the first call."""

    description = DESCRIPTION

    def __init__(self, runtime: Runtime, given: Mapping[str, str] | None = None) -> None:
        """`given` are the operator's credentials, if there are any."""
        self._runtime = runtime
        self._given = given
        self._http: ModelHttp | None = None

    def operator_credentials(self) -> Mapping[str, str] | None:
        """Credentials from settings."""
        return self._given

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        """A model that is newer than the list."""
        if model_type is not ModelType.LLM:
            return None
        return ModelSchema(
            name=model, features=FEATURES, context_size=CONTEXT, parameter_rules=rules(_LONGEST), customizable=True
        )

    async def validate(self, access: ModelAccess) -> None:
        """Ask for the list of models, or for the one model."""
        http = await self._connect()
        path = f"/v1/models/{access.model}" if access.model else "/v1/models"
        await http.json(access, "GET", f"{_base(access)}{path}", headers=_headers(access))

    async def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        """The answer as it comes."""
        import orjson

        from dify_runtime_sdk.model_http import read_out

        from .answers import Answer
        from .bodies import body_of

        access, http = call.access, await self._connect()
        content = orjson.dumps(await body_of(call), default=str)
        answer = Answer(access)
        async with (
            http.open(
                access, "POST", f"{_base(access)}/v1/messages", content=content, headers=_headers(access)
            ) as response,
            aclosing(http.events(access, response)) as batches,
        ):
            async for events in batches:
                for event in events:
                    chunk = answer.read(event.data)
                    if chunk is not None:
                        yield chunk
                if answer.done:
                    await read_out(batches)
                    break
        yield answer.last()

    async def _connect(self) -> "ModelHttp":
        if self._http is None:
            from dify_runtime_sdk.model_http import ModelHttp

            self._http = ModelHttp(await self._runtime.services.get(Egress))
        return self._http


def _base(access: ModelAccess) -> str:
    base = (access.credentials.get("anthropic_api_url") or _ADDRESS).strip().rstrip("/").removesuffix("/v1")
    if urlsplit(base).scheme not in ("http", "https"):
        raise vendor_error(ModelCredentialsError, access, "anthropic_api_url is not an address")
    return base


def _headers(access: ModelAccess) -> dict[str, Any]:
    return {
        "Content-Type": "application/json",
        "anthropic-version": _VERSION,
        "x-api-key": access.credentials.get("anthropic_api_key", ""),
    }
