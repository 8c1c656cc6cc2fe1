"""Answers read aloud as they end, where an app plays them by itself."""

import base64
import logging
from collections.abc import AsyncIterator
from typing import Final

from dify_runtime_sdk import DifyRuntimeError, Services
from dify_runtime_sdk.model_uses import DefaultModels, SpeechModels, SpeechRequest
from dify_runtime_sdk.models import ModelType
from dify_workflow.dsl import Features

from ..api import RunOutput, RunRequest, WireEvent
from .stopping import until_stopped

_log: Final = logging.getLogger(__name__)

_END: Final[WireEvent] = {"event": "tts_message_end", "audio": ""}


class Speaking:
    """Speaks with the workspace's default model."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def end(
        self, output: RunOutput, events: list[WireEvent], features: Features, request: RunRequest, text: str
    ) -> None:
        """End a run with `events`, and with its text read aloud after them, where that is wanted."""
        if output.stopping is not None or not self._wanted(features, request):
            await output.end(*events)
            return
        await output.committed()
        for event in events:
            output.emit(event)
        async with until_stopped(output):
            async for event in self._sound(features, request, text):
                output.emit(event)
        await output.end(_END)

    def _wanted(self, features: Features, request: RunRequest) -> bool:
        """Whether an answer is read aloud: the app says so, there is a stream to put it in, and models can speak."""
        speech = features.text_to_speech
        on = request.streaming and speech.enabled and speech.auto_play == "enabled"
        return on and self._services.offered(SpeechModels) and self._services.offered(DefaultModels)

    async def _sound(self, features: Features, request: RunRequest, text: str) -> AsyncIterator[WireEvent]:
        """The sound, piece by piece. A failure is logged and leaves the rest silent."""
        tenant_id = request.app.tenant_id
        try:
            model = await (await self._services.get(DefaultModels)).get(ModelType.TTS, tenant_id=tenant_id)
            if model is None or not text.strip():
                return
            wanted = SpeechRequest(
                model=model,
                text=text,
                voice=features.text_to_speech.voice,
                tenant_id=tenant_id,
                user_id=request.caller.id,
            )
            async for piece in (await self._services.get(SpeechModels)).speak(wanted):
                yield {"event": "tts_message", "audio": base64.b64encode(piece).decode()}
        except DifyRuntimeError as error:
            _log.warning("an answer of app %s could not be read aloud: %s", request.app.id, error.message)
