"""The baseline of `service`: bare Quart routes on Hypercorn that answer what our server answered, byte for byte.

Usage: `python bare_service.py PORT ANSWERS`; ANSWERS is a JSON file with the body of each path, a list for a stream.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.benchmarks.empty_server import loop_factory, make_app


def add_routes(app: Any, answers: dict[str, Any]) -> None:
    """A route for each answer: JSON, read and written as a bare route would, or a stream of its events."""
    from quart import Response, request

    async def fixed(path: str) -> Any:
        if request.method == "POST":
            await request.get_json()
        return answers[path]

    async def stream(path: str) -> Any:
        pace = answers["pace"] if (await request.get_json())["inputs"].get("slow") else 0.0
        response = Response(_events(answers[path], pace), content_type="text/event-stream; charset=utf-8")
        response.timeout = None
        return response

    for path, answer in answers.items():
        if path.startswith("/"):
            view = stream if isinstance(answer, list) else fixed
            app.add_url_rule(path, path, view, methods=["GET", "POST"], defaults={"path": path})


async def _events(events: list[str], pace: float) -> AsyncIterator[bytes]:
    for event in events:
        if pace and event.startswith("data:"):
            await asyncio.sleep(pace)
        yield f"{event}\n\n".encode()


async def serve(port: int, answers: dict[str, Any]) -> None:
    """Serve until a signal."""
    from hypercorn.asyncio import serve as run
    from hypercorn.config import Config

    app = make_app()
    add_routes(app, answers)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = None
    config.keep_alive_max_requests = sys.maxsize  # a fast machine asks more than 1,000 times on one connection
    await run(app, config)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())))
