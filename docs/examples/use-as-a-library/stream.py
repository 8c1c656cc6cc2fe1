"""An answer as it comes."""

import asyncio

import dify_apps


async def main() -> None:
    async with dify_apps.open(["assistant.yml"], home="home") as apps:
        async for event in apps.chat("Assistant", "Good morning!", user="ann"):
            if event["event"] == "message":
                print(event["answer"], end="", flush=True)
        print()


asyncio.run(main())
