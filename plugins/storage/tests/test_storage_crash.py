"""Writers that die: no half object is ever visible, and what they leave behind goes at the next start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dify_runtime_sdk.storage import ObjectNotFoundError
from dify_storage.local.locks import Lock, lock
from dify_storage.local.storage import LocalStorage
from dify_storage.local.sweep import FOREIGN_AGE, sweep
from dify_storage.local.tree import RESERVED

WRITER = """
import asyncio, sys
from pathlib import Path
from dify_storage.local.storage import LocalStorage

async def chunks():
    for _ in range(10):
        yield b"half" * 500_000
    print("half-way", flush=True)
    await asyncio.Event().wait()

async def main():
    async with await LocalStorage.open(Path(sys.argv[1])) as store:
        await store.write(sys.argv[2], chunks())

asyncio.run(main())
"""


@contextmanager
def writer(root: Path, key: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is half-way through writing an object."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(root), key], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        assert process.stdout.readline() == "half-way\n"
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def leftovers(root):
    return sorted(path.stat().st_size > 0 for path in (root / RESERVED).iterdir())


async def test_a_writer_that_is_killed_leaves_no_half_object(tmp_path):
    with writer(tmp_path, "new/one") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert leftovers(tmp_path) == [True]
    async with await LocalStorage.open(tmp_path) as store:
        assert leftovers(tmp_path) == []
        assert [found async for found in store.list()] == []
        with pytest.raises(ObjectNotFoundError):
            await store.load("new/one")


async def test_a_writer_that_is_killed_leaves_the_former_object(tmp_path):
    async with await LocalStorage.open(tmp_path) as store:
        await store.save("one", b"former")
        with writer(tmp_path, "one"):
            pass
        assert await store.load("one") == b"former"
        assert leftovers(tmp_path) == [True]
    async with await LocalStorage.open(tmp_path) as store:
        assert await store.load("one") == b"former"
        assert leftovers(tmp_path) == []


async def test_a_start_beside_a_living_writer_leaves_its_work_alone(tmp_path):
    with writer(tmp_path, "one"):
        async with await LocalStorage.open(tmp_path):
            assert leftovers(tmp_path) == [True]


async def test_a_start_beside_a_writer_of_the_same_process_leaves_its_work_alone(local, tmp_path):
    root = tmp_path / "store"

    async def chunks():
        yield b"x" * 3_000_000
        async with await LocalStorage.open(root):
            yield b"y" * 3_000_000

    assert await local.write("one", chunks()) == 6_000_000
    assert await local.load("one") == b"x" * 3_000_000 + b"y" * 3_000_000


@pytest.mark.parametrize(("age", "left"), [(0.0, 1), (FOREIGN_AGE + 60, 0)], ids=["recent", "old"])
def test_a_leftover_of_another_machine_stays_for_a_day(tmp_path, age, left):
    file = tmp_path / "0123456789abcdef.another-one"
    file.write_bytes(b"half")
    os.utime(file, (time.time() - age,) * 2)
    assert sweep(tmp_path) == 1 - left
    assert len(list(tmp_path.iterdir())) == left


def test_what_cannot_be_removed_does_not_stop_a_start(tmp_path):
    (tmp_path / "directory.odd").mkdir()
    assert sweep(tmp_path) == 0
    assert (tmp_path / "directory.odd").is_dir()


def test_a_lock_is_held_until_the_file_is_closed(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as first, path.open("rb+") as second:
        assert lock(first.fileno()) is Lock.TAKEN
        assert lock(second.fileno()) is Lock.HELD
        first.close()
        assert lock(second.fileno()) is Lock.TAKEN
