"""Speech of an app: what users say as text, and answers as sound."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import select

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import BadRequest, HttpError, InvalidParam
from dify_runtime_sdk.model_uses import (
    DefaultModels,
    SpeechModels,
    SpeechRequest,
    TranscriptionModels,
    TranscriptionRequest,
)
from dify_runtime_sdk.models import ModelError, ModelId, ModelType

from ..api import App, Caller
from ..errors import ProviderNotInitialized
from ..runs.failures import as_http_error
from ..tables.messages import MESSAGES
from .features import enabled, feature
from .queries import row_of

_AUDIO: Final = frozenset(
    f"audio/{kind}"
    for kind in ("mp3", "m4a", "wav", "amr", "mpga", "mpeg", "mp4", "x-m4a", "x-wav", "wave", "webm", "ogg", "flac")
)


class NoAudioUploaded(BadRequest):
    """400: the form has no file."""

    code = "no_audio_uploaded"
    default_message = "Please upload your audio."


class AudioTooLarge(HttpError):
    """413: there is more sound than is taken at once."""

    status = 413
    code = "audio_too_large"
    default_message = "Audio size larger than 30 mb"


class UnsupportedAudioType(HttpError):
    """415: the file is no sound of a known kind."""

    status = 415
    code = "unsupported_audio_type"
    default_message = "Audio type not allowed."


class SpeechToTextUnsupported(BadRequest):
    """400: the workspace has no model that writes down speech."""

    code = "provider_not_support_speech_to_text"
    default_message = "Provider not support speech to text."


def check_hearing(app: App) -> None:
    """Raises `InvalidParam` for an app that takes no speech, and `AppUnavailable`."""
    if not enabled(app, "speech_to_text"):
        raise InvalidParam("Speech to text is not enabled")


def check_sound(mime_type: str) -> None:
    """Raises `UnsupportedAudioType`."""
    if mime_type not in _AUDIO:
        raise UnsupportedAudioType


async def transcript(runtime: Runtime, app: App, user_id: str, content: bytes, *, filename: str, mime_type: str) -> str:
    """What is said in a recording, by the workspace's default model; raises the answers for its failures."""
    model = await _default(runtime, ModelType.SPEECH_TO_TEXT, app.tenant_id)
    if model is None or not runtime.services.offered(TranscriptionModels):
        raise SpeechToTextUnsupported
    models = await runtime.services.get(TranscriptionModels)
    request = TranscriptionRequest(
        model=model,
        audio=content,
        filename=filename or "audio.mp3",
        mime_type=mime_type,
        tenant_id=app.tenant_id,
        user_id=user_id,
    )
    try:
        return await models.transcribe(request)
    except ModelError as error:
        raise as_http_error(error, app.id) from error


async def spoken_text(database: Database, app: App, caller: Caller, message_id: str) -> str | None:
    """The answer of the caller's message; None when there is none yet, or no such message."""
    table = MESSAGES.c
    mine = table.id == message_id, table.app_id == app.id, table.from_end_user_id == caller.id
    row = await row_of(database, select(table.answer, table.status).where(*mine))
    return row.answer or None if row is not None and row.status == "normal" else None


def check_speaking(app: App) -> None:
    """Raises `InvalidParam` for an app that does not speak, and `AppUnavailable`."""
    if not enabled(app, "text_to_speech"):
        raise InvalidParam("TTS is not enabled")


async def speech(runtime: Runtime, app: App, user_id: str, text: str, voice: str | None) -> AsyncIterator[bytes]:
    """The text as sound, by the workspace's default model; raises the answers for failures before the first piece."""
    model = await _default(runtime, ModelType.TTS, app.tenant_id)
    if model is None or not runtime.services.offered(SpeechModels):
        raise ProviderNotInitialized
    models = await runtime.services.get(SpeechModels)
    wanted = voice or str(feature(app, "text_to_speech").get("voice") or "")
    request = SpeechRequest(model=model, text=text, voice=wanted, tenant_id=app.tenant_id, user_id=user_id)
    pieces = models.speak(request)
    try:
        first = await anext(pieces, b"")
    except ModelError as error:
        raise as_http_error(error, app.id) from error
    return _with_first(first, pieces)


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _default(runtime: Runtime, kind: ModelType, tenant_id: str) -> ModelId | None:
    if not runtime.services.offered(DefaultModels):
        return None
    return await (await runtime.services.get(DefaultModels)).get(kind, tenant_id=tenant_id)
