"""The conformance suite of storage back ends."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from datetime import datetime
from typing import Final

import pytest

from dify_runtime_sdk.storage import InvalidKeyError, ObjectInfo, ObjectNotFoundError, Storage

HOSTILE_KEYS: Final = (
    "",
    ".",
    "..",
    "../outside",
    "a/../../outside",
    "a/..",
    "a/./b",
    "a//b",
    "a/",
    "/etc/passwd",
    "//host/share",
    "\\\\host\\share",
    "..\\outside",
    "a\\..\\..\\outside",
    "c:/windows",
    "C:outside",
    "a\x00b",
    "a\nb",
    "a/\x7f",
    "a/\ud800",
    " a",
    "a ",
    "a/ /b",
    "a/.. /b",
    "...",
    "\uff0e\uff0e/outside",
    "a/\u2025/outside",
    "a\uff0f..\uff0foutside",
    "..\u2215outside/../a",
    "..\uff3coutside",
    "x" * 256,
    "/".join(["x" * 100] * 11),
)
"""Keys that every method of every back end refuses."""
HOSTILE_PREFIXES: Final = ("../", "a/../", "/", "/etc/", "a//", "a\x00", "..\\", "c:/", "\uff0e\uff0e/")
"""Prefixes that `list` refuses."""
ODD_KEYS: Final = (
    ".dify_secret_key",
    "a/..b/c..d",
    "a/with blanks (1).txt",
    "a/100% sure?.txt",
    "a/b+c&d=e#f;g'h\".txt",
    "a/Übergrößenträger.txt",
    "a/日本語 文書.pdf",
    "a/🙂.png",
    "x" * 200,
    "/".join(["y" * 100] * 10),
)
"""Keys that every back end takes."""

_CHUNK = bytes(range(256)) * 4096
"""A chunk of 1 MiB."""
_LARGE = 20
"""Chunks of an object that stores of parts send in several."""


class StorageSuite:
    """What every `Storage` must do; subclass it in a test module and pytest runs it.

        class TestMyStorage(StorageSuite):
            \"\"\"My store keeps the contract.\"\"\"

    It asks for one fixture, which you define in the class, in the module or in `conftest.py`: `storage`, a store that
    holds no object and is open. Close it in the fixture. The suite needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    @pytest.mark.parametrize("data", [b"", b"hello", bytes(range(256)) * 5000], ids=["empty", "small", "binary"])
    async def test_what_is_saved_is_loaded(self, storage: Storage, data: bytes) -> None:
        """An object comes back byte for byte."""
        await storage.save("upload_files/tenant/one.bin", data)
        assert await storage.load("upload_files/tenant/one.bin") == data

    async def test_saving_again_replaces(self, storage: Storage) -> None:
        """The last writer wins, and nothing of the former object is left."""
        await storage.save("one", b"a long first version")
        await storage.save("one", b"second")
        assert await storage.load("one") == b"second"

    @pytest.mark.parametrize("key", ODD_KEYS)
    async def test_odd_keys_are_keys(self, storage: Storage, key: str) -> None:
        """Names that people give to files work, and are listed as they were given."""
        await storage.save(key, b"odd")
        assert await storage.load(key) == b"odd"
        assert [found.key for found in await _listed(storage)] == [key]
        await storage.delete(key)
        assert not await storage.exists(key)

    async def test_a_missing_object_is_an_error_of_its_own(self, storage: Storage) -> None:
        """`load`, `read` and `stat` raise `ObjectNotFoundError`, which is a `FileNotFoundError` and names the key."""
        with pytest.raises(ObjectNotFoundError, match="missing/one") as caught:
            await storage.load("missing/one")
        assert isinstance(caught.value, FileNotFoundError)
        with pytest.raises(ObjectNotFoundError):
            await storage.stat("missing/one")
        for options in ({}, {"start": 1}, {"length": 1}, {"start": 1, "length": 1}):
            with pytest.raises(ObjectNotFoundError):
                await _all(storage.read("missing/one", **options))

    async def test_the_beginning_of_a_key_is_no_object(self, storage: Storage) -> None:
        """Directories are nobody's business."""
        await storage.save("a/b/c", b"one")
        for key in ("a", "a/b"):
            assert not await storage.exists(key)
            await storage.delete(key)
            with pytest.raises(ObjectNotFoundError):
                await storage.load(key)
        assert await storage.load("a/b/c") == b"one"

    async def test_a_stream_is_written_and_read_back(self, storage: Storage) -> None:
        """A large object goes in and out in chunks; `write` says its size, and chunks are as small as asked."""
        assert await storage.write("large", _stream([_CHUNK] * _LARGE)) == _LARGE * len(_CHUNK)
        digest, sizes = hashlib.sha256(), set()
        async for chunk in storage.read("large", chunk_size=300_000):
            digest.update(chunk)
            sizes.add(len(chunk))
        assert digest.digest() == hashlib.sha256(_CHUNK * _LARGE).digest()
        assert 0 < max(sizes) <= 300_000

    @pytest.mark.parametrize("chunks", [[], [b""], [b"a", b"", b"bc"]], ids=["none", "empty", "some"])
    async def test_a_short_stream_is_written(self, storage: Storage, chunks: list[bytes]) -> None:
        """Also one without a byte makes an object."""
        await storage.save("one", b"a former version")
        assert await storage.write("one", _stream(chunks)) == len(b"".join(chunks))
        assert await storage.load("one") == b"".join(chunks)

    @pytest.mark.parametrize("chunks", [1, _LARGE])
    async def test_a_stream_that_fails_changes_nothing(self, storage: Storage, chunks: int) -> None:
        """What the source raises comes out as it is, and undoes the write."""
        await storage.save("former", b"former")
        for key in ("former", "new"):
            with pytest.raises(_BrokenError):
                await storage.write(key, _stream([_CHUNK] * chunks, broken=True))
        assert await storage.load("former") == b"former"
        assert [found.key for found in await _listed(storage)] == ["former"]

    async def test_an_object_is_invisible_until_it_is_whole(self, storage: Storage) -> None:
        """Whoever reads meanwhile sees the former object, or none; a write that is cancelled leaves it so."""
        await storage.save("former", b"former")
        for key in ("former", "new"):
            source = _Paused([_CHUNK] * _LARGE)
            writing = asyncio.ensure_future(storage.write(key, source))
            await source.paused.wait()
            assert await storage.exists(key) is (key == "former")
            assert await storage.load("former") == b"former"
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
        assert [found.key for found in await _listed(storage)] == ["former"]

    async def test_of_several_writers_one_wins(self, storage: Storage) -> None:
        """Writers of one key do not mix their objects."""
        versions = [bytes([number]) * 200_000 for number in range(8)]
        await asyncio.gather(*(storage.write("one", _stream([data[:1000], data[1000:]])) for data in versions))
        assert await storage.load("one") in versions

    @pytest.mark.parametrize(
        ("start", "length"), [(0, None), (3, None), (0, 4), (3, 4), (3, 0), (3, 100), (9, 1), (10, None), (99, 5)]
    )
    async def test_a_range_is_what_a_slice_is(self, storage: Storage, start: int, length: int | None) -> None:
        """Ranges end with the object, and one behind it is empty."""
        data = b"0123456789"
        await storage.save("one", data)
        expected = data[start:] if length is None else data[start : start + length]
        assert await _all(storage.read("one", start=start, length=length, chunk_size=3)) == expected

    async def test_a_reader_may_leave_early(self, storage: Storage) -> None:
        """What is left unread does no harm to the next one."""
        await storage.write("large", _stream([_CHUNK] * _LARGE))
        chunks = storage.read("large", chunk_size=1000)
        assert _CHUNK.startswith(await anext(chunks))
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        assert await _all(storage.read("large", length=10)) == _CHUNK[:10]

    async def test_stat_knows_size_and_time(self, storage: Storage) -> None:
        """The time has a zone, if the store tells it."""
        await storage.save("one", b"12345")
        found = await storage.stat("one")
        assert (found.key, found.size) == ("one", 5)
        assert found.modified is None or isinstance(found.modified, datetime)
        assert found.modified is None or found.modified.tzinfo is not None

    async def test_delete_is_silent_and_exact(self, storage: Storage) -> None:
        """Deleting what is not there is no error, and nothing else goes with an object."""
        await storage.save("a/one", b"1")
        await storage.save("a/one.txt", b"2")
        for _ in range(2):
            await storage.delete("a/one")
        assert not await storage.exists("a/one")
        assert await storage.exists("a/one.txt")

    async def test_list_goes_by_prefix(self, storage: Storage) -> None:
        """A prefix may end anywhere; directories are not listed."""
        keys = {"a/one": b"1", "a/b/two": b"22", "a/b/three": b"333", "ab/four": b"4444", "b/five": b"55555"}
        for key, data in keys.items():
            await storage.save(key, data)
        for prefix in ("", "a", "a/", "a/b", "a/b/", "a/b/t", "a/b/two", "c", "a/c/", "a/b/two/"):
            found = {one.key: one.size for one in await _listed(storage, prefix)}
            assert found == {key: len(data) for key, data in keys.items() if key.startswith(prefix)}, prefix

    async def test_an_empty_store_lists_nothing(self, storage: Storage) -> None:
        """No object, no error."""
        assert await _listed(storage) == []

    @pytest.mark.parametrize("key", HOSTILE_KEYS)
    async def test_a_key_that_leaves_the_store_is_refused_by_every_method(self, storage: Storage, key: str) -> None:
        """Whatever a user made of a name, it names nothing outside the store."""
        attempts = (
            storage.save(key, b"x"),
            storage.load(key),
            storage.write(key, _stream([b"x"])),
            _all(storage.read(key)),
            storage.stat(key),
            storage.exists(key),
            storage.delete(key),
            storage.presign(key, expires=60),
        )
        for attempt in attempts:
            with pytest.raises(InvalidKeyError):
                await attempt
        assert await _listed(storage) == []

    @pytest.mark.parametrize("prefix", HOSTILE_PREFIXES)
    async def test_a_prefix_that_leaves_the_store_is_refused(self, storage: Storage, prefix: str) -> None:
        """Nor does a list look outside."""
        with pytest.raises(InvalidKeyError):
            await _listed(storage, prefix)

    async def test_a_presigned_url_is_one_or_none(self, storage: Storage) -> None:
        """A store without such URLs says so by None."""
        await storage.save("a/one.txt", b"1")
        url = await storage.presign("a/one.txt", expires=60)
        assert url is None or url.startswith(("http://", "https://"))


class _BrokenError(Exception):
    """What a source raises half-way."""


async def _stream(chunks: Iterable[bytes], *, broken: bool = False) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if broken:
        raise _BrokenError


class _Paused:
    """A source that gives its chunks and then waits for ever."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.paused = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk = next(self._chunks, None)
        if chunk is None:
            self.paused.set()
            await asyncio.Event().wait()
        return chunk or b""


async def _all(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _listed(storage: Storage, prefix: str = "") -> list[ObjectInfo]:
    return [found async for found in storage.list(prefix)]
