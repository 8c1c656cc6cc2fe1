"""Everything that the package `dify-client-python` offers for apps, in both of its forms."""

import asyncio
import json
import os
import sys

from dify_client import AsyncClient, Client, errors, models

BASE, KEYS = os.environ["BASE_URL"] + "/v1", json.loads(os.environ["KEYS"])
BLOCKING, STREAMING = models.ResponseMode.BLOCKING, models.ResponseMode.STREAMING
said: dict = {}


def client(app, kind=Client):
    return kind(api_key=KEYS[app], api_base=BASE)


def question(mode, **more):
    return models.ChatRequest(query="hi", inputs={}, user="bob", response_mode=mode, **more)


def run_of(mode):
    return models.WorkflowsRunRequest(inputs={"text": "give back"}, user="bob", response_mode=mode)


def completion_of(mode):
    return models.CompletionRequest(inputs={"query": "write"}, user="bob", response_mode=mode)


def refused(call, *arguments):
    try:
        call(*arguments)
    except errors.DifyAPIError as error:
        return [error.status, error.code]
    return None


USER = models.StopRequest(user="bob")
flow, work, completing, chat = client("chatflow"), client("workflow"), client("completion"), client("chat")
file = flow.upload_files(("note.txt", b"hello", "text/plain"), models.UploadFileRequest(user="bob"))
attached = models.File(
    type=models.FileType.DOCUMENT, transfer_method=models.TransferMethod.LOCAL_FILE, upload_file_id=file.id
)
first = flow.chat_messages(question(BLOCKING, files=[attached]))
streamed = list(flow.chat_messages(question(STREAMING)))
said["answers"] = [first.answer, "".join(getattr(one, "answer", "") for one in streamed)]
said["last"] = str(streamed[-1].event)
liked = models.FeedbackRequest(rating=models.Rating.LIKE, user="bob", content="good")
said["rated"] = flow.feedback_messages(first.message_id, liked).result
said["stopped"] = flow.stop_chat_messages(streamed[0].task_id, USER).result
said["ran"] = work.run_workflows(run_of(BLOCKING)).data.outputs
events = list(work.run_workflows(run_of(STREAMING)))
said["ran event by event"] = sorted(str(one.event) for one in events)
said["run stopped"] = work.stop_workflows(events[0].task_id, USER).result
said["completed"] = completing.completion_messages(completion_of(BLOCKING)).answer
pieces = list(completing.completion_messages(completion_of(STREAMING)))
said["completed piece by piece"] = "".join(getattr(one, "answer", "") for one in pieces)
said["completion stopped"] = completing.stop_completion_messages(pieces[0].task_id, USER).result
said["chat"] = "".join(getattr(one, "answer", "") for one in chat.chat_messages(question(STREAMING)))
said["agent"] = "".join(getattr(one, "answer", "") for one in client("agent").chat_messages(question(STREAMING)))
sound, wanted = ("said.mp3", b"sound", "audio/mp3"), models.TextToAudioRequest(text="hi", user="bob")
said["refused"] = [
    refused(flow.suggest_messages, first.message_id, models.ChatSuggestRequest(user="bob")),
    refused(flow.suggest_messages, "00000000-0000-4000-8000-000000000000", models.ChatSuggestRequest(user="bob")),
    refused(flow.audio_to_text, sound, models.AudioToTextRequest(user="bob")),
    refused(flow.text_to_audio, wanted),
    refused(work.chat_messages, question(BLOCKING)),
]


async def again() -> None:
    """The same by the other form."""
    flow, work = client("chatflow", AsyncClient), client("workflow", AsyncClient)
    first = await flow.achat_messages(question(BLOCKING))
    streamed = [one async for one in await flow.achat_messages(question(STREAMING))]
    said["async"] = {
        "answers": [first.answer, "".join(getattr(one, "answer", "") for one in streamed)],
        "rated": (await flow.afeedback_messages(first.message_id, liked)).result,
        "stopped": (await flow.astop_chat_messages(streamed[0].task_id, USER)).result,
        "ran": (await work.arun_workflows(run_of(BLOCKING))).data.outputs,
        "last": [str(one.event) async for one in await work.arun_workflows(run_of(STREAMING))][-1],
        "run stopped": (await work.astop_workflows(streamed[0].task_id, USER)).result,
        "uploaded": (
            await flow.aupload_files(("n.txt", b"x", "text/plain"), models.UploadFileRequest(user="bob"))
        ).name,
    }
    completing = client("completion", AsyncClient)
    said["async"]["completed"] = (await completing.acompletion_messages(completion_of(BLOCKING))).answer


asyncio.run(again())
json.dump(said, sys.stdout)
