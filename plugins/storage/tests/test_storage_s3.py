"""An S3 server: what the suite of the SDK does not ask."""

import asyncio
import socket
import traceback

import httpx
import pytest

from dify_runtime_sdk import Introspection
from dify_runtime_sdk.storage import ObjectNotFoundError, Storage, StorageError
from dify_storage.opendal.plugin import StorageOpendalPlugin
from dify_storage.opendal.s3 import s3
from dify_storage.opendal.service import service
from dify_storage.opendal.settings import StorageOpendalSettings
from dify_storage.opendal.storage import PART, OpendalStorage
from dify_storage.plugin import StoragePlugin

PLUGINS = {"storage": StoragePlugin, "storage-opendal": StorageOpendalPlugin}


def opened(bucket, **changed):
    return OpendalStorage.open("s3", s3(StorageOpendalSettings(**(bucket.settings | changed))))


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def readiness(booted):
    return (await (await booted.services.get(Introspection)).readiness()).status


@pytest.fixture
def dead_endpoint():
    """An address where nothing listens: the port is taken by a socket that does not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


async def test_difys_settings_lead_to_the_bucket(runtime, bucket):
    booted = await runtime(PLUGINS, settings={"STORAGE_TYPE": "s3", **bucket.settings})
    storage = await booted.services.get(Storage)
    await storage.save("upload_files/tenant/one.txt", b"hello")
    assert await opened(bucket).load("upload_files/tenant/one.txt") == b"hello"
    assert await readiness(booted) == "ready"


async def test_opendals_own_settings_lead_there_too(runtime, bucket):
    given = {
        "STORAGE_TYPE": "opendal",
        "OPENDAL_SCHEME": "s3",
        "OPENDAL_S3_BUCKET": bucket.name,
        "OPENDAL_S3_ENDPOINT": bucket.endpoint,
        "OPENDAL_S3_REGION": "us-east-1",
        "OPENDAL_S3_ROOT": "below",
        "OPENDAL_S3_ACCESS_KEY_ID": "AKIATEST",
        "OPENDAL_S3_SECRET_ACCESS_KEY": "secret",
    }
    booted = await runtime(PLUGINS, environ=given)
    storage = await booted.services.get(Storage)
    await storage.save("one", b"hello")
    assert await opened(bucket).load("below/one") == b"hello"


async def test_a_presigned_url_reads_without_credentials(bucket):
    store = opened(bucket)
    await store.save("a/one (b).txt", b"hello")
    url = await store.presign("a/one (b).txt", expires=60)
    assert url
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(url)).content == b"hello"


async def test_a_list_goes_on_beyond_one_page(bucket):
    store = opened(bucket)
    for number in range(20):
        await store.save(f"many/{number}", b"x")
    bucket.put("many/directory/")
    found = sorted([one.key async for one in store.list("many/")])
    assert found == sorted(f"many/{number}" for number in range(20))


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 3 * PART])
async def test_a_stream_of_one_or_several_parts_arrives_whole(bucket, size):
    store = opened(bucket)
    half = size // 2
    assert await store.write("one", stream(b"a" * half, b"b" * (size - half))) == size
    assert await store.load("one") == b"a" * half + b"b" * (size - half)
    assert "<Upload>" not in bucket.uploads()


async def test_a_large_object_is_read_in_ranges(bucket):
    store = opened(bucket)
    data = bytes(range(256)) * 60_000
    await store.save("one", data)
    chunks = [chunk async for chunk in store.read("one", start=1_000_001, length=9_000_000, chunk_size=700_000)]
    assert b"".join(chunks) == data[1_000_001:10_000_001]
    assert max(map(len, chunks)) <= 700_000


async def test_a_missing_bucket_is_named_by_its_error_and_not_taken_for_a_missing_object(bucket):
    store = opened(bucket, S3_BUCKET_NAME="no-such-bucket")
    attempts = [store.save("one", b"1"), store.write("one", stream(b"1")), store.load("one"), anext(store.list("a/"))]
    for attempt in attempts:
        with pytest.raises(StorageError, match=r"NoSuchBucket.*check the settings .* that the bucket exists") as caught:
            await attempt
        assert not isinstance(caught.value, ObjectNotFoundError)


async def test_a_missing_bucket_makes_the_process_not_ready(runtime, bucket):
    settings = {"STORAGE_TYPE": "s3", **bucket.settings, "S3_BUCKET_NAME": "no-such-bucket"}
    booted = await runtime(PLUGINS, settings=settings)
    assert await readiness(booted) == "not_ready"


async def test_a_dead_server_is_an_error_of_every_method(bucket, dead_endpoint):
    store = opened(bucket, S3_ENDPOINT=dead_endpoint)
    attempts = (
        store.save("one", b"1"),
        store.load("one"),
        store.write("one", stream(b"1")),
        store.write("one", stream(b"1" * (PART + 1))),
        anext(store.read("one")),
        store.stat("one"),
        store.exists("one"),
        store.delete("one"),
        anext(store.list()),
    )
    for failure in await asyncio.gather(*attempts, return_exceptions=True):
        assert isinstance(failure, StorageError)
        assert not isinstance(failure, ObjectNotFoundError)
        assert "it cannot be reached" in failure.message
        assert "check the address" in (failure.hint or "")


async def test_no_error_holds_a_credential(bucket, dead_endpoint):
    store = opened(bucket, S3_ENDPOINT=dead_endpoint)
    with pytest.raises(StorageError) as caught:
        await store.load("one")
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(store)
    assert [secret for secret in ("the-secret-of-the-bucket", "AKIATEST", "Signature") if secret in shown] == []


async def test_a_signature_in_an_address_is_in_no_error(dead_endpoint):
    options = {"container": "c", "account_name": "acme", "sas_token": "sv=1&sig=SESAME"}
    store = OpendalStorage.open("opendal", service("azblob", endpoint=f"{dead_endpoint}/acme", **options))
    attempts = (store.stat("one"), store.save("one", b"1"), anext(store.list()), anext(store.read("one")))
    for failure in await asyncio.gather(*attempts, return_exceptions=True):
        assert isinstance(failure, StorageError)
        assert "SESAME" not in "".join(traceback.format_exception(failure)) + repr(failure)


async def test_a_service_with_directories_keeps_them_when_an_object_of_that_name_is_deleted(opendal_fs):
    await opendal_fs.save("a/one", b"1")
    await opendal_fs.delete("a")
    assert await opendal_fs.load("a/one") == b"1"
