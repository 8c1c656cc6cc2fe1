"""`/audio-to-text` and `/text-to-audio`."""

import pytest

from dify_runtime_sdk import Plugin, Service, hookimpl
from dify_runtime_sdk.model_uses import DefaultModels, SpeechModels, TranscriptionModels
from dify_runtime_sdk.models import ModelCredentialsMissingError, ModelId, ModelUnavailableError
from plugins.apps.tests.service.serving import SETTINGS, World, chat, chatflow, workflow

NOBODY = "00000000-0000-4000-8000-000000000000"
HEARING = {"speech_to_text": {"enabled": True}}
SPEAKING = {"text_to_speech": {"enabled": True, "voice": "alloy", "language": "en-US"}}


class Voices:
    """A provider of speech: what it was asked, and what it fails with."""

    def __init__(self):
        self.asked = []
        self.error = None
        self.default = ModelId("test", "ear")

    async def get(self, model_type, *, tenant_id=""):
        return self.default

    async def transcribe(self, request):
        self.asked.append(request)
        if self.error:
            raise self.error
        return f"{len(request.audio)} bytes"

    async def speak(self, request):
        self.asked.append(request)
        if self.error:
            raise self.error
        for word in request.text.split():
            yield word.encode()


@pytest.fixture
def voices():
    return Voices()


@pytest.fixture
async def speaking(runtime, plugins, voices):
    """A world whose models hear and speak."""

    class VoicesPlugin(Plugin):
        @hookimpl
        def services(self):
            return [Service(key, lambda _runtime: voices) for key in (DefaultModels, SpeechModels, TranscriptionModels)]

    return World(await runtime({**plugins, "voices": VoicesPlugin}, roles=("api",), settings=SETTINGS))


async def record(client, content=b"sound", mime_type="audio/mp3", name="file"):
    return await client.call(
        "POST", "/audio-to-text", data={"user": "bob"}, files={name: ("said.mp3", content, mime_type)}
    )


async def test_a_recording_is_written_down(speaking, voices):
    client = await speaking.app(workflow(**HEARING))
    answer = await record(client)
    assert (answer.status_code, answer.json()) == (200, {"text": "5 bytes"})
    (request,) = voices.asked
    assert (request.filename, request.mime_type, request.tenant_id) == ("said.mp3", "audio/mp3", await speaking.home())


async def test_what_is_no_recording_is_refused(speaking, voices):
    client = await speaking.app(chatflow(**HEARING))
    refused = (
        (await record(client, mime_type="video/mp4"), 415, "unsupported_audio_type", "Audio type not allowed."),
        (await record(client, b"x" * ((30 << 20) + 1)), 413, "audio_too_large", "Audio size larger than 30 mb"),
        (await record(client, b"x" * (32 << 20)), 413, "audio_too_large", "Audio size larger than 30 mb"),
        (await record(client, name="sound"), 400, "no_audio_uploaded", "Please upload your audio."),
        (await client.post("/audio-to-text", user="bob"), 400, "no_audio_uploaded", "Please upload your audio."),
    )
    for answer, status, code, message in refused:
        assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (status, code, message)
    assert voices.asked == []


async def test_failures_of_the_model_have_the_codes_that_clients_know(speaking, voices):
    hearing, talking = await speaking.app(chat(**HEARING)), await speaking.app(chat(**SPEAKING))
    for error, code in (
        (ModelCredentialsMissingError("no key"), "provider_not_initialize"),
        (ModelUnavailableError("away"), "completion_request_error"),
    ):
        voices.error = error
        for answer in (await record(hearing), await talking.post("/text-to-audio", text="hi", user="bob")):
            assert (answer.status_code, answer.json()["code"]) == (400, code)
    voices.default = None
    assert (await record(hearing)).json()["code"] == "provider_not_support_speech_to_text"
    silent = await talking.post("/text-to-audio", text="hi", user="bob")
    assert silent.json()["code"] == "provider_not_initialize"


async def test_a_text_is_spoken_with_the_voice_asked_for(speaking, voices):
    client = await speaking.app(chatflow(**SPEAKING))
    answer = await client.post("/text-to-audio", text="good day", user="bob", streaming=True)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "audio/mpeg", b"goodday")
    await client.post("/text-to-audio", text="good day", voice="echo", user="bob")
    assert [request.voice for request in voices.asked] == ["alloy", "echo"]


async def test_an_answer_is_spoken_to_the_user_it_was_given_to(speaking, voices):
    client = await speaking.app(chatflow(**SPEAKING))
    message = (await client.say("hi"))["message_id"]
    answer = await client.post("/text-to-audio", message_id=message, text="something else", user="bob")
    assert answer.content == b"Yousaidhi"
    for wanted, user in ((message, "eve"), (NOBODY, "bob")):
        nothing = await client.post("/text-to-audio", message_id=wanted, user=user)
        assert (nothing.status_code, nothing.json()) == (200, None)
    assert len(voices.asked) == 1


async def test_apps_that_neither_hear_nor_speak_say_so(world):
    client = await world.app(chatflow())
    for answer, message in (
        (await record(client), "Speech to text is not enabled"),
        (await client.post("/text-to-audio", text="hi", user="bob"), "TTS is not enabled"),
    ):
        assert (answer.status_code, answer.json()) == (
            400,
            {"code": "invalid_param", "message": message, "status": 400},
        )
    talking = await world.app(chatflow(**SPEAKING))
    assert (await talking.post("/text-to-audio", user="bob")).json()["code"] == "invalid_param"
