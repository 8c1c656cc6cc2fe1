"""Everything that the package `dify-client` offers for apps."""

import io
import json
import os
import sys

from dify_client import ChatClient, CompletionClient

BASE, KEYS = os.environ["BASE_URL"] + "/v1", json.loads(os.environ["KEYS"])
said: dict = {}


def client(kind, app):
    made = kind(KEYS[app])
    made.base_url = BASE
    return made


def body(response):
    response.raise_for_status()
    return response.json()


def events(response):
    """What a program makes of a stream line by line, as the package's description shows it."""
    response.raise_for_status()
    lines = (line.decode("utf-8") for line in response.iter_lines())
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]


flow = client(ChatClient, "chatflow")
file = body(flow.file_upload("dan", {"file": ("note.txt", io.BytesIO(b"hello"), "text/plain")}))
files = [{"type": "document", "transfer_method": "local_file", "upload_file_id": file["id"]}]
first = body(flow.create_chat_message({}, "hi", "dan", files=files))
conversation = first["conversation_id"]
streamed = events(flow.create_chat_message({}, "again", "dan", "streaming", conversation))
said["answers"] = [first["answer"], "".join(one.get("answer", "") for one in streamed)]
said["last"] = streamed[-1]["event"]
said["rated"] = body(flow.message_feedback(first["message_id"], "like", "dan"))
said["form"] = sorted(body(flow.get_application_parameters("dan")))[0]
listed = body(flow.get_conversation_messages("dan", conversation, limit=10))
said["messages"] = [one["query"] for one in listed["data"]]
earlier = flow.get_conversation_messages("dan", conversation, first_id=listed["data"][1]["id"])
said["earlier"] = [one["query"] for one in body(earlier)["data"]]
said["renamed"] = body(flow.rename_conversation(conversation, "Talk", "dan"))["name"]
said["conversations"] = [one["name"] for one in body(flow.get_conversations("dan", limit=5, pinned=False))["data"]]

completing = client(CompletionClient, "completion")
inputs = {"query": "write"}
said["completed"] = body(completing.create_completion_message(inputs, "blocking", "dan"))["answer"]
streamed = events(completing.create_completion_message(inputs, "streaming", "dan"))
said["completed piece by piece"] = "".join(one.get("answer", "") for one in streamed)
chat = client(ChatClient, "chat")
said["chat"] = body(chat.create_chat_message({"who": "Ann"}, "hi", "dan"))["answer"]
json.dump(said, sys.stdout)
