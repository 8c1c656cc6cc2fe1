"""Reading local objects: out of the system's memory without threads, from the disk in threads."""

import os
from pathlib import Path

import pytest

from dify_storage.local import outgoing as module
from dify_storage.local.outgoing import RUN, Outgoing
from dify_storage.local.storage import GIVE_WAY, LocalStorage
from dify_storage.local.tree import Tree

SIZE = RUN + 2 * GIVE_WAY + 12_345
CHUNK = 64 * 1024
memory = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="this system does not say what it has in memory")


@pytest.fixture(scope="module")
def content():
    return os.urandom(SIZE)


@pytest.fixture
async def store(tmp_path, content):
    async with await LocalStorage.open(tmp_path) as store:
        await store.save("large", content)
        yield store


@pytest.fixture
def outgoing(store, tmp_path):
    """The object, of which the first run is read."""
    one = Outgoing(Tree(tmp_path), "large", 0, None, CHUNK)
    one.read()
    yield one
    one.close()


def drop(path: Path) -> None:
    """Have the system forget what it has of a file in memory."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


async def read(store, **options):
    return b"".join([chunk async for chunk in store.read("large", **options)])


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, None), (RUN - 7, None), (0, RUN), (3, RUN + 1), (0, SIZE + 9), (SIZE - 5, None), (RUN, 0)],
)
@pytest.mark.parametrize("forgotten", [False, True])
async def test_ranges_are_what_was_asked_for_wherever_they_are(store, content, tmp_path, start, length, forgotten):
    if forgotten:
        drop(tmp_path / "large")
    expected = content[start:] if length is None else content[start : start + length]
    assert await read(store, start=start, length=length) == expected


async def test_a_system_that_does_not_tell_is_asked_in_threads(store, content, monkeypatch):
    monkeypatch.setattr(module, "_NOWAIT", None)
    assert await read(store) == content


async def test_chunks_too_long_to_be_copied_at_once_are_read_in_threads(store, content):
    assert await read(store, chunk_size=3 << 20) == content


@memory
def test_what_is_in_memory_comes_without_a_thread_up_to_the_end(outgoing, content):
    found = b"".join(outgoing.take())
    while piece := outgoing.cached():
        found += piece
    assert found == content
    assert outgoing.ended


@memory
def test_a_file_that_cannot_be_read_any_more_is_left_to_a_thread_to_tell(outgoing):
    descriptor = outgoing._file.fileno()
    write_only = os.open("/dev/null", os.O_WRONLY)
    os.dup2(write_only, descriptor)
    os.close(write_only)
    assert outgoing.cached() is None
    with pytest.raises(OSError, match="Bad file descriptor"):
        outgoing.read()
