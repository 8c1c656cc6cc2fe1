"""Stores to test: a local one, OpenDAL on a directory, and OpenDAL against an S3 server on loopback."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from dify_storage.local.storage import LocalStorage
from dify_storage.opendal.service import service
from dify_storage.opendal.storage import OpendalStorage

S3_SERVER = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A new bucket of the server, with Dify's settings for it."""

    endpoint: str
    name: str

    @property
    def settings(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT": self.endpoint,
            "S3_BUCKET_NAME": self.name,
            "S3_ACCESS_KEY": "AKIATEST",
            "S3_SECRET_KEY": "the-secret-of-the-bucket",
        }

    def put(self, key: str) -> None:
        """Make an empty object by a plain request."""
        httpx.put(f"{self.endpoint}/{self.name}/{key}", trust_env=False).raise_for_status()

    def uploads(self) -> str:
        """The uploads in parts that are neither complete nor aborted, as the server lists them."""
        return httpx.get(f"{self.endpoint}/{self.name}?uploads", trust_env=False).text


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server in a process of its own, which ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-c", S3_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"MOTO_S3_DEFAULT_MAX_KEYS": "7"},  # so that lists come in pages
    )
    assert process.stdin
    assert process.stdout
    try:
        host, port = process.stdout.readline().split()
        yield f"http://{host}:{port}"
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


@pytest.fixture
def bucket(s3_server: str) -> Bucket:
    made = Bucket(s3_server, f"bucket-{uuid4().hex}")
    httpx.put(f"{made.endpoint}/{made.name}", trust_env=False).raise_for_status()
    return made


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalStorage]:
    async with await LocalStorage.open(tmp_path / "store") as store:
        yield store


@pytest.fixture
def opendal_fs(tmp_path: Path) -> OpendalStorage:
    """OpenDAL's own service for directories; the plugin serves `fs` itself, but other services behave like this one."""
    root = tmp_path / "opendal"
    options = {"root": str(root / "objects"), "atomic_write_dir": str(root / "incoming")}
    return OpendalStorage.open("opendal", service("fs", **options))
