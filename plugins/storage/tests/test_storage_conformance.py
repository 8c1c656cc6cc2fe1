"""What every store must do: the suite of the SDK, on files, on a directory through OpenDAL, and on an S3 server."""

import pytest

from dify_runtime_sdk.testing.storage import StorageSuite
from dify_storage.opendal.s3 import s3
from dify_storage.opendal.service import service
from dify_storage.opendal.settings import StorageOpendalSettings
from dify_storage.opendal.storage import OpendalStorage


class TestLocal(StorageSuite):
    """Files below one directory."""

    @pytest.fixture
    def storage(self, local):
        return local


class TestOpendalDirectory(StorageSuite):
    """A service of OpenDAL that takes a stream as it comes."""

    @pytest.fixture
    def storage(self, opendal_fs):
        return opendal_fs


class TestOpendalMemory(StorageSuite):
    """A service of OpenDAL that keeps whole objects."""

    @pytest.fixture
    def storage(self):
        return OpendalStorage.open("opendal", service("memory"))


class TestS3(StorageSuite):
    """Dify's settings for S3, and a server that speaks its protocol: objects in parts, pages of lists."""

    @pytest.fixture
    def storage(self, bucket):
        return OpendalStorage.open("s3", s3(StorageOpendalSettings(**bucket.settings)))
