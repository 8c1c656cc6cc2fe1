"""Whole answers: a turn of a conversation, the next one, and the outputs of a workflow."""

import asyncio

import dify_apps


async def main() -> None:
    async with dify_apps.open(["assistant.yml", "greeting.yml"], home="home") as apps:
        first = await apps.chat("Assistant", "Good morning!", user="ann")
        print(first["answer"])
        second = await apps.chat("Assistant", "And now?", user="ann", conversation_id=first["conversation_id"])
        print(second["answer"])
        run = await apps.run("Greeting", {"name": "Ann"})
        print(run["data"]["outputs"]["greeting"])


asyncio.run(main())
