"""Everything that the package `dify-sdk` does with an app's key."""

import asyncio
import json
import os
import sys

from dify import AdminClient, Dify
from dify.app.conversation.schemas import (
    ConversationListQueryPayloads,
    ConversationRenamePayloads,
    MessageFeedbackPayloads,
    MessageListQueryPayloads,
)
from dify.app.schemas import ChatPayloads, RunWorkflowPayloads

KEYS = json.loads(os.environ["KEYS"])
said: dict = {}


async def main() -> None:
    app = Dify(AdminClient(os.environ["BASE_URL"], "none", "none", "none")).app
    key = KEYS["chatflow"]
    first = await app.chat_block(key, ChatPayloads(query="hi", user="eve", response_mode="blocking"))
    again = ChatPayloads(query="again", user="eve", conversation_id=first.conversation_id)
    events = [event async for event in app.chat(key, again)]
    said["answers"] = [first.answer, "".join(getattr(event, "answer", "") for event in events)]
    said["events"] = [event.event.value for event in events]
    said["stopped"] = (await app.stop_message(key, events[0].task_id, "eve")).result
    said["opening"] = (await app.get_parameters(key)).opening_statement

    talk = app.conversation
    listed = await talk.find_list(key, ConversationListQueryPayloads(user="eve"))
    said["conversations"] = [one.name for one in listed.data]
    wanted = MessageListQueryPayloads(conversation_id=first.conversation_id, user="eve")
    said["messages"] = [one.query for one in (await talk.get_messages(key, wanted)).data]
    liked = MessageFeedbackPayloads(rating="like", user="eve", content="good")
    said["rated"] = (await talk.submit_feedback(key, first.message_id, liked)).result
    name = ConversationRenamePayloads(name="Talk", user="eve")
    said["renamed"] = (await talk.rename(key, first.conversation_id, name)).name
    said["deleted"] = (await talk.delete(key, first.conversation_id, "eve")).result
    left = await talk.find_list(key, ConversationListQueryPayloads(user="eve"))
    said["left"] = [one.name for one in left.data]

    run = RunWorkflowPayloads(inputs={"text": "give back"}, user="eve")
    events = [event async for event in app.run(KEYS["workflow"], run)]
    said["ran"] = sorted(event.event.value for event in events)
    said["outputs"] = events[-1].data.outputs
    writing = RunWorkflowPayloads(inputs={"query": "write"}, user="eve")
    said["completed"] = (await app.completion_block(KEYS["completion"], writing)).answer
    events = [event async for event in app.completion(KEYS["completion"], writing)]
    said["completed piece by piece"] = "".join(getattr(event, "answer", "") for event in events)
    events = [event async for event in app.chat(KEYS["agent"], ChatPayloads(query="hi", user="eve"))]
    said["agent"] = "".join(getattr(event, "answer", "") for event in events)


asyncio.run(main())
json.dump(said, sys.stdout)
