"""The local store: links, modes, the directory of its own, and what a file system cannot do."""

import asyncio
import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dify_runtime_sdk.storage import InvalidKeyError, ObjectNotFoundError, StorageError
from dify_storage.local.storage import LocalStorage
from dify_storage.local.tree import RESERVED

FRAGMENTS = st.lists(st.sampled_from(("..", ".", "/", "\\", "\x00", "\uff0e", "a", " ", "root", "c:")), max_size=7)


async def keys(store, prefix=""):
    return sorted([found.key async for found in store.list(prefix)])


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


def open_files():
    """The files that this process has open."""
    return [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file that is nobody's object."""
    file = tmp_path / "outside" / "secret.txt"
    file.parent.mkdir()
    file.write_text("secret")
    return file


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FRAGMENTS.map("".join))
def test_no_text_reaches_a_file_outside_the_root(tmp_path, key):
    """Each example has its own store below one directory, where nothing else may appear or go."""
    (tmp_path / "a").write_text("outside")

    async def attempt():
        async with await LocalStorage.open(tmp_path / "nested" / "root") as store:
            try:
                await store.save(key, b"inside")
            except (InvalidKeyError, StorageError):
                return
            assert await store.load(key) == b"inside"
            await store.delete(key)

    asyncio.run(attempt())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "nested"]
    assert (tmp_path / "a").read_text() == "outside"
    assert [path.name for path in (tmp_path / "nested").iterdir()] == ["root"]


@pytest.mark.parametrize("key", ["link", "link/secret.txt", "inner/link", "inner/link/secret.txt"])
async def test_a_link_out_of_the_store_is_never_followed(local, root, outside, key):
    (root / "inner").mkdir()
    for place in (root, root / "inner"):
        (place / "link").symlink_to(outside if key.endswith("link") else outside.parent)
    attempts = [local.save(key, b"x"), local.write(key, stream(b"x")), local.load(key), local.stat(key)]
    attempts += [local.exists(key), local.delete(key), anext(local.read(key))]
    for attempt in attempts:
        with pytest.raises(InvalidKeyError, match="symbolic link"):
            await attempt
    assert outside.read_text() == "secret"
    assert await keys(local) == []


async def test_a_prefix_through_a_link_is_refused(local, root, outside):
    (root / "link").symlink_to(outside.parent)
    assert await keys(local, "li") == []
    with pytest.raises(InvalidKeyError):
        await keys(local, "link/")


async def test_a_link_in_a_circle_is_refused(local, root):
    (root / "circle").symlink_to(root / "circle")
    with pytest.raises(InvalidKeyError):
        await local.load("circle/one")
    with pytest.raises((InvalidKeyError, ObjectNotFoundError)):
        await local.load("circle")
    assert not (root / "circle").is_file()


async def test_the_root_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    async with await LocalStorage.open(tmp_path / "store") as store:
        await store.save("a/one", b"1")
        assert await keys(store) == ["a/one"]
    assert (tmp_path / "disk" / "a" / "one").read_bytes() == b"1"


@pytest.mark.parametrize("key", [RESERVED, f"{RESERVED}/one", f"{RESERVED.upper()}/one"])
async def test_the_directory_of_the_store_holds_no_object(local, key):
    with pytest.raises(InvalidKeyError, match="the store's own"):
        await local.save(key, b"x")


async def test_what_is_no_object_is_not_listed_nor_loaded(local, root):
    await local.save("a/one", b"1")
    os.mkfifo(root / "pipe")
    (root / "empty").mkdir()
    (root / "with\\backslash").write_text("no key")
    (root / os.fsdecode(b"not-utf8-\xff")).write_text("no key")
    assert await keys(local) == ["a/one"]
    for key in ("pipe", "empty"):
        assert not await local.exists(key)
        with pytest.raises(ObjectNotFoundError):
            await local.load(key)
        await local.delete(key)
    assert stat.S_ISFIFO((root / "pipe").stat().st_mode)


async def test_objects_are_for_the_process_alone(local, root):
    await local.save("privkeys/tenant/private.pem", b"key")
    for path in (root / "privkeys", root / "privkeys/tenant", root / "privkeys/tenant/private.pem"):
        assert path.stat().st_mode & 0o077 == 0, path


async def test_objects_that_another_program_wrote_are_found(local, root):
    (root / "upload_files" / "tenant").mkdir(parents=True)
    (root / "upload_files" / "tenant" / "one.txt").write_text("old")
    assert await local.load("upload_files/tenant/one.txt") == b"old"
    assert await keys(local, "upload_files/") == ["upload_files/tenant/one.txt"]


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a"), ("a", "a/b/c")])
async def test_a_key_below_another_one_is_an_error_and_harms_neither(local, root, first, second):
    await local.save(first, b"first")
    with pytest.raises(StorageError, match="beginning of this key"):
        await local.save(second, b"second")
    with pytest.raises(StorageError, match="beginning of this key"):
        await local.write(second, stream(b"second"))
    assert not await local.exists(second)
    with pytest.raises(ObjectNotFoundError):
        await local.load(second)
    await local.delete(second)
    assert await local.load(first) == b"first"
    assert list((root / RESERVED).iterdir()) == []


async def test_the_longest_names_of_the_file_system_work(local):
    await local.save("x" * 255, b"1")
    await local.write("y/" + "z" * 255, stream(b"2"))
    assert await keys(local) == ["x" * 255, "y/" + "z" * 255]


async def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"cannot use the directory .*file/store.*make it writable"):
        await LocalStorage.open(tmp_path / "file" / "store")


async def test_no_file_has_a_url(local):
    await local.save("one", b"1")
    assert await local.presign("one", expires=60) is None


@pytest.mark.parametrize("options", [{"start": -1}, {"length": -1}, {"chunk_size": 0}])
async def test_a_senseless_range_is_the_callers_mistake(local, options):
    await local.save("one", b"1")
    with pytest.raises(ValueError, match=r"negative|at least one byte"):
        await anext(local.read("one", **options))


async def test_a_reader_goes_on_with_the_object_it_began(local):
    await local.save("one", b"a" * 3_000_000)
    chunks = local.read("one", chunk_size=1000)
    assert await anext(chunks) == b"a" * 1000
    await local.save("one", b"b" * 3_000_000)
    await local.delete("one")
    rest = [chunk async for chunk in chunks]
    assert b"".join(rest) == b"a" * 2_999_000


async def test_a_reader_that_leaves_early_lets_go_of_the_file(tmp_path):
    async with await LocalStorage.open(tmp_path / "store") as store:
        await store.save("one", b"x" * 9_000_000)
        chunks = store.read("one")
        await anext(chunks)
        await chunks.aclose()
    assert [path for path in open_files() if path.is_relative_to(tmp_path)] == []


async def test_an_error_of_the_system_in_the_source_is_not_taken_for_the_stores(local):
    async def chunks():
        yield b"x"
        raise OSError(errno.ENOSPC, "the source is full")

    with pytest.raises(OSError, match="the source is full") as caught:
        await local.write("one", chunks())
    assert not isinstance(caught.value, StorageError)
    assert not await local.exists("one")


async def test_a_closed_store_says_so(tmp_path):
    async with await LocalStorage.open(tmp_path / "store") as store:
        await store.save("one", b"1")
    with pytest.raises(StorageError, match="is closed"):
        await store.load("one")


async def test_a_write_that_the_end_of_the_store_cuts_off_leaves_nothing(tmp_path):
    store = await LocalStorage.open(tmp_path / "store")

    async def chunks():
        yield b"x" * 3_000_000
        await store.__aexit__(None, None, None)
        yield b"x" * 3_000_000

    with pytest.raises(StorageError, match="is closed"):
        await store.write("one", chunks())
    assert [path.name for path in (tmp_path / "store").rglob("*")] == [RESERVED]


async def test_many_operations_at_once_are_all_done(local):
    await asyncio.gather(*(local.save(f"many/{number}", str(number).encode()) for number in range(100)))
    loaded = await asyncio.gather(*(local.load(f"many/{number}") for number in range(100)))
    assert loaded == [str(number).encode() for number in range(100)]
    assert len(await keys(local, "many/")) == 100


async def test_a_list_goes_on_beyond_one_page(local, root):
    (root / "many").mkdir()
    for number in range(1203):
        (root / "many" / str(number)).touch()
    assert len(await keys(local, "many/")) == 1203
