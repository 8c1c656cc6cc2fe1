"""Memory does not grow with the size of an object: 256 MiB go in and out within a bound, in a process of its own."""

import subprocess
import sys

import pytest

SIZE = 256 << 20
BOUND = 32 << 20

MEASURE = r'''
import asyncio, os, sys
from pathlib import Path

size, root = int(sys.argv[1]), Path(sys.argv[2])

async def chunks():
    chunk = bytes(range(256)) * 256
    for _ in range(size // len(chunk)):
        yield chunk

def resident():
    """The most this process ever had; `getrusage` would begin with what its parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))

async def measure(store):
    await store.save("warm/up", b"loads what is imported at first use")
    before = resident()
    assert await store.write("large/object", chunks()) == size
    read = 0
    async for chunk in store.read("large/object"):
        read += len(chunk)
    assert read == size
    assert (await store.stat("large/object")).size == size
    print(resident() - before)
'''
LOCAL = """
from dify_storage.local.storage import LocalStorage

async def main():
    async with await LocalStorage.open(root) as store:
        await measure(store)

asyncio.run(main())
"""
OPENDAL = """
from dify_storage.opendal.service import service
from dify_storage.opendal.storage import OpendalStorage

options = {"root": str(root / "objects"), "atomic_write_dir": str(root / "incoming")}
asyncio.run(measure(OpendalStorage.open("opendal", service("fs", **options))))
sys.stdout.flush()
os._exit(0)  # threads of the driver that outlive the loop can abort the interpreter while it ends
"""


@pytest.mark.parametrize("main", [LOCAL, OPENDAL], ids=["local", "opendal"])
def test_a_large_object_goes_through_in_constant_memory(tmp_path, main):
    command = [sys.executable, "-c", MEASURE + main, str(SIZE), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= BOUND, f"{int(done.stdout) >> 20} MiB"
