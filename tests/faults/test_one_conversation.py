"""Requests that meet in one conversation: each is answered, and each is kept."""

import asyncio

import pytest

import dify_apps
from tests.faults.app_files import write_apps

AT_ONCE = 4
SLOW = {"helper": [{"text": "{prompt}", "chunks": 3, "delay": 0.05}]}


@pytest.mark.parametrize("mode", ["chat", "agent-chat", "advanced-chat"])
async def test_turns_at_once_are_all_answered_and_kept(here, mode):
    async with dify_apps.open(write_apps(here, mode), settings={"SCRIPTED_MODELS": SLOW}, serving=True) as apps:
        first = await apps.chat(mode, "turn 0", user="bob")
        conversation = first["conversation_id"]
        queries = [f"turn {number}" for number in range(1, AT_ONCE + 1)]
        answers = await asyncio.gather(
            *(apps.chat(mode, query, user="bob", conversation_id=conversation) for query in queries)
        )
        assert [one["answer"] for one in answers] == queries
        assert {one["conversation_id"] for one in answers} == {conversation}
        assert len({one["message_id"] for one in (first, *answers)}) == AT_ONCE + 1
        after = await apps.chat(mode, "turn last", user="bob", conversation_id=conversation)
        assert after["answer"] == "turn last"
        assert await kept(apps, mode, conversation) == {"turn 0", *queries, "turn last"}


async def test_first_turns_at_once_are_conversations_of_their_own(here):
    async with dify_apps.open(write_apps(here, "chat"), settings={"SCRIPTED_MODELS": SLOW}) as apps:
        answers = await asyncio.gather(*(apps.chat("chat", f"turn {number}", user="new") for number in range(AT_ONCE)))
        assert len({one["conversation_id"] for one in answers}) == AT_ONCE


async def kept(apps: dify_apps.Apps, mode: str, conversation: str) -> set[str]:
    """The questions of the conversation, as a customer's program lists them."""
    import httpx

    transport, headers = httpx.ASGITransport(apps.asgi), {"Authorization": f"Bearer {await apps.key(mode)}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://runtime.test/v1", headers=headers) as http:
        query = {"conversation_id": conversation, "user": "bob", "limit": "100"}
        listed = (await http.get("/messages", params=query)).json()["data"]
    return {one["query"] for one in listed}
