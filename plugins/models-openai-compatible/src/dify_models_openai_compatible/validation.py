"""Whether credentials work, found out as cheaply as can be."""

import orjson

from dify_runtime_sdk.model_http import ModelHttp
from dify_runtime_sdk.model_providers import ModelAccess
from dify_runtime_sdk.model_uses import EmbeddingRequest, ModerationRequest, RerankRequest
from dify_runtime_sdk.models import ModelId, ModelType

from .operations import embed, flagged, rerank
from .presets import Preset
from .routes import route_of


async def validate(http: ModelHttp, preset: Preset, access: ModelAccess) -> None:
    """Return when the server takes the credentials; raises `ModelError`."""
    model = ModelId(access.provider.name, access.model)
    match access.type if access.model else None:
        case ModelType.LLM:
            await _ask(http, preset, access)
        case ModelType.TEXT_EMBEDDING:
            await embed(http, preset, access, EmbeddingRequest(model=model, texts=["ping"]))
        case ModelType.RERANK:
            await rerank(http, preset, access, RerankRequest(model=model, query="ping", documents=["ping", "pong"]))
        case ModelType.MODERATION:
            await flagged(http, preset, access, ModerationRequest(model=model, text="ping"))
        case _:
            route = route_of(preset, access)
            await http.json(access, "GET", route.url("/models"), headers=dict(route.headers))


async def _ask(http: ModelHttp, preset: Preset, access: ModelAccess) -> None:
    route = route_of(preset, access)
    completes = access.schema is not None and access.schema.mode == "completion"
    body = {"model": route.model, "stream": False}
    reasons = access.schema is not None and access.schema.properties.get("reasoning")
    body["max_completion_tokens" if reasons else "max_tokens"] = 16
    if completes:
        body["prompt"] = "ping"
    else:
        body["messages"] = [{"role": "user", "content": "ping"}]
    await http.json(
        access,
        "POST",
        route.url("/completions" if completes else "/chat/completions"),
        content=orjson.dumps(body),
        headers={"Content-Type": "application/json", **route.headers},
    )
