"""How many statements a call of the Service API sends to the database, asked without sockets in one process."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.empty_server import loop_factory
from tests.benchmarks.in_process import Exchange, scope
from tests.benchmarks.measure import RunFailed
from tests.benchmarks.service_servers import BODIES, PATHS

COUNTED = ("parameters", "simple", "chat_fast")


class Call(Exchange):
    """A request with a body."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    async def receive(self) -> dict[str, Any]:
        """The body; then the end of the connection."""
        message = await super().receive()
        return message | {"body": self._body} if message["type"] == "http.request" else message


async def count(keys: Mapping[str, str]) -> dict[str, int]:
    """The statements of the second call of each kind: the first one reads what is remembered."""
    from dify_database import count_statements  # in the process that is measured only
    from dify_runtime import Runtime

    counts: dict[str, int] = {}
    async with Runtime.boot(roles={"api"}, environ=dict(os.environ), cwd=Path.cwd()) as runtime:
        for what in COUNTED:
            for _ in range(2):
                with count_statements() as statements:
                    await _ask(runtime.http.asgi, what, keys["simple" if what == "parameters" else what])
                counts[what] = len(statements)
    return counts


async def _ask(app: Any, what: str, key: str) -> None:
    body = b"" if BODIES[what] is None else json.dumps(BODIES[what]).encode()
    headers = [
        (b"host", b"localhost"),
        (b"authorization", f"Bearer {key}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    path = PATHS[what]
    call = Call(body)
    asked = {"method": "POST" if body else "GET", "path": path, "raw_path": path.encode(), "headers": headers}
    await app(scope() | asked, call.receive, call.send)
    if call.status != 200:
        raise RunFailed(f"{what}: the application answered {call.status}")


def main(keys: Mapping[str, str]) -> None:
    """Print the counts as JSON."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        print(json.dumps(runner.run(count(keys))))
