"""A stand-in for a model server with OpenAI's protocol: 50 tokens at once, or one every 20 ms from the slow model.

Usage: `python -m tests.benchmarks.model_stub PORT`.
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

from tests.benchmarks.service_apps import SLOW

TOKENS = 50
PACE = 0.02
"""Seconds between two tokens of the slow model."""

_USAGE = {"prompt_tokens": 10, "completion_tokens": TOKENS, "total_tokens": 10 + TOKENS}
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _chunk(choices: list[Any], **more: Any) -> bytes:
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": choices}
    return _framed(b"data: " + json.dumps(body | more).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _whole() -> bytes:
    """The answer for who does not want pieces."""
    message = {"role": "assistant", "content": "".join(f"w{number} " for number in range(TOKENS))}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = json.dumps({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": _USAGE}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def _tokens() -> list[bytes]:
    return [_chunk([{"index": 0, "delta": {"content": f"w{number} "}}]) for number in range(TOKENS)]


def _tail() -> bytes:
    stop = _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    return stop + _chunk([], usage=_USAGE) + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    tokens, tail, whole = _tokens(), _tail(), _whole()
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            request = json.loads(await reader.readexactly(length))
            if not request.get("stream"):
                writer.write(whole)
            elif request["model"] == SLOW:
                writer.write(_HEAD)
                for token in tokens:
                    await asyncio.sleep(PACE)
                    writer.write(token)
                writer.write(tail)
            else:
                writer.write(b"".join((_HEAD, *tokens, tail)))
            await writer.drain()
    writer.close()


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1])))
