"""The memory that uploads take, in a server of its own."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MEGABYTE = 1 << 20
HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\nContent-Type: video/mp4\r\n\r\n'
TAIL = b"\r\n--b--\r\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
async def server(tmp_path):
    """A running server: its process, its port and a key."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "serving.py"),
        str(tmp_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    port, key = (await process.stdout.readline()).decode().split()
    yield process, int(port), key
    process.stdin.close()
    await process.wait()


async def post(port, key, name, size):
    """Upload `size` bytes; the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = HEAD.format(name).encode()
    writer.write(
        f"POST /v1/files/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(head) + size + len(TAIL)}\r\n\r\n".encode()
        + head
    )
    piece = bytes(range(256)) * (MEGABYTE // 256)
    for _ in range(size // MEGABYTE):
        writer.write(piece)
        await writer.drain()
    writer.write(TAIL)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


def peak(process):
    """The most memory that the process had so far, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) * 1024


@pytest.mark.parametrize(("name", "status"), [("a.mp4", 201), ("a.pdf", 413)])
async def test_the_memory_does_not_grow_with_the_file(name, status, server):
    process, port, key = server
    assert await post(port, key, "warm-up.mp4", 4 * MEGABYTE) == 201
    before = peak(process)
    assert await post(port, key, name, 100 * MEGABYTE) == status
    assert peak(process) - before < 24 * MEGABYTE
