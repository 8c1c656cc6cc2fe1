"""Speech: recordings as text, and answers as sound."""

from typing import Any

from pydantic import BaseModel
from quart import Response

from dify_database import Database
from dify_files import FileTooLarge, NoFileUploaded
from dify_files.forms import MARGIN, UploadForm
from dify_runtime_sdk.http import InvalidParam, RequestContext, Routes

from ...errors import AppUnavailable, CompletionRequestFailed, ProviderNotInitialized
from ...services import audio as service
from .calling import OptionalUserPayload, app_of, caller_of
from .fields import OptionalId, Text
from .limits import LONGEST_AUDIO

routes = Routes("service", tag="Audio")


class AudioTranscriptResponse(BaseModel):
    """What was said."""

    text: str


class TextToAudioPayload(OptionalUserPayload):
    """A message whose answer is to be spoken, or a text; `streaming` changes nothing."""

    message_id: OptionalId = None
    text: Text | None = None
    voice: Text | None = None
    streaming: bool | None = None


@routes.post(
    "/audio-to-text",
    summary="Write down a recording",
    max_body=LONGEST_AUDIO + MARGIN,
    timeout=0,
    errors=(
        AppUnavailable,
        InvalidParam,
        service.NoAudioUploaded,
        service.AudioTooLarge,
        service.UnsupportedAudioType,
        service.SpeechToTextUnsupported,
        ProviderNotInitialized,
        CompletionRequestFailed,
    ),
)
async def audio_to_text(context: RequestContext) -> AudioTranscriptResponse:
    """The words of the one recording of a form."""
    app = await app_of(context)
    service.check_hearing(app)
    async with UploadForm(context.request) as form:
        try:
            content = await _recording(form)
            await form.finish()
        except NoFileUploaded as error:
            raise service.NoAudioUploaded from error
        except FileTooLarge as error:
            raise service.AudioTooLarge from error
    caller = await caller_of(context, app, form.fields.get("user"))
    text = await service.transcript(
        context.runtime, app, caller.id, content, filename=form.filename, mime_type=form.mime_type
    )
    return AudioTranscriptResponse(text=text)


@routes.post(
    "/text-to-audio",
    summary="Speak",
    timeout=0,
    errors=(AppUnavailable, InvalidParam, ProviderNotInitialized, CompletionRequestFailed),
)
async def text_to_audio(context: RequestContext, body: TextToAudioPayload) -> Any:
    """A text or an answer as sound; `null` where there is nothing to say."""
    app = await app_of(context)
    service.check_speaking(app)
    caller = await caller_of(context, app, body.user)
    text = body.text
    if body.message_id is not None:
        database = await context.runtime.services.get(Database)
        text = await service.spoken_text(database, app, caller, body.message_id)
    elif not text:
        raise InvalidParam("Text is required")
    if not text:
        return Response(b"null\n", content_type="application/json")
    pieces = await service.speech(context.runtime, app, caller.id, text, body.voice)
    response = Response(pieces, content_type="audio/mpeg")
    response.timeout = None
    return response


async def _recording(form: UploadForm) -> bytes:
    """The content; raises `UnsupportedAudioType` and `AudioTooLarge` before there is too much of it in memory."""
    await form.open()
    service.check_sound(form.mime_type)
    content = bytearray()
    async for piece in form.content():
        content += piece
        if len(content) > LONGEST_AUDIO:
            raise service.AudioTooLarge
    return bytes(content)
