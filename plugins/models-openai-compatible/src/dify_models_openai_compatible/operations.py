"""Operations with one answer: embeddings, rerank, moderation, speech, transcription."""

import base64
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import orjson

from dify_runtime_sdk.model_http import ModelHttp
from dify_runtime_sdk.model_providers import ModelAccess, vendor_error
from dify_runtime_sdk.model_uses import (
    EmbeddingRequest,
    Embeddings,
    EmbeddingUsage,
    ModerationRequest,
    Ranked,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
)
from dify_runtime_sdk.models import ModelUnavailableError

from .presets import Preset
from .routes import Route, route_of

_JSON = {"Content-Type": "application/json"}


async def embed(http: ModelHttp, preset: Preset, access: ModelAccess, request: EmbeddingRequest) -> Embeddings:
    """Vectors of texts."""
    route = route_of(preset, access)
    body = {"model": route.model, "input": list(request.texts), "encoding_format": "float"}
    found = await _post(http, access, route, "/embeddings", body)
    data = _list(access, found, "data")
    try:
        ordered = sorted(data, key=lambda one: int(one.get("index", 0)))
        vectors = [_vector(one["embedding"]) for one in ordered]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unusable(access, "vectors") from error
    usage = found.get("usage") or {}
    tokens = int(usage.get("total_tokens") or usage.get("prompt_tokens") or 0)
    return Embeddings(vectors=vectors, usage=EmbeddingUsage(tokens=tokens, total_tokens=tokens))


async def rerank(http: ModelHttp, preset: Preset, access: ModelAccess, request: RerankRequest) -> Sequence[Ranked]:
    """Scores of documents, from the operation `/rerank` that many servers have."""
    route = route_of(preset, access)
    documents = list(request.documents)
    body = {"model": route.model, "query": request.query, "documents": documents, "top_n": len(documents)}
    found = await _post(http, access, route, "/rerank", body)
    results = _list(access, found, "results")
    try:
        return [Ranked(index=int(one["index"]), score=_score(one)) for one in results]
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(access, "scores") from error


async def flagged(http: ModelHttp, preset: Preset, access: ModelAccess, request: ModerationRequest) -> bool:
    """Whether a text is objectionable."""
    route = route_of(preset, access)
    body = {"model": route.model, "input": request.text}
    found = await _post(http, access, route, "/moderations", body)
    return any(isinstance(one, dict) and one.get("flagged") for one in _list(access, found, "results"))


async def speak(
    connect: Callable[[], Awaitable[ModelHttp]], preset: Preset, access: ModelAccess, request: SpeechRequest
) -> AsyncIterator[bytes]:
    """The sound of a text, as MP3."""
    route = route_of(preset, access)
    body = {"model": route.model, "input": request.text, "voice": request.voice, "response_format": "mp3"}
    content, headers = orjson.dumps(body), {**_JSON, **route.headers}
    http = await connect()
    async with http.open(access, "POST", route.url("/audio/speech"), content=content, headers=headers) as response:
        async for piece in response.aiter_bytes():
            yield piece


async def transcribe(http: ModelHttp, preset: Preset, access: ModelAccess, request: TranscriptionRequest) -> str:
    """The words of a sound."""
    route = route_of(preset, access)
    found = await http.json(
        access,
        "POST",
        route.url("/audio/transcriptions"),
        data={"model": route.model, "response_format": "json"},
        files={"file": (request.filename, request.audio, request.mime_type)},
        headers=route.headers,
    )
    text = found.get("text") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise _unusable(access, "text")
    return text


async def _post(http: ModelHttp, access: ModelAccess, route: Route, path: str, body: dict[str, Any]) -> Any:
    headers = {**_JSON, **route.headers}
    return await http.json(access, "POST", route.url(path), content=orjson.dumps(body), headers=headers)


def _vector(found: Any) -> list[float]:
    """A vector, as numbers or as Base64 of 32-bit floats."""
    if isinstance(found, str):
        content = base64.b64decode(found)
        return list(struct.unpack(f"<{len(content) // 4}f", content))
    return [float(number) for number in found]


def _score(one: dict[str, Any]) -> float:
    return float(one["relevance_score"] if "relevance_score" in one else one["score"])


def _list(access: ModelAccess, found: Any, name: str) -> list[Any]:
    items = found.get(name) if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise _unusable(access, name)
    return items


def _unusable(access: ModelAccess, what: str) -> ModelUnavailableError:
    return vendor_error(ModelUnavailableError, access, f"the server's answer has no usable {what}")
