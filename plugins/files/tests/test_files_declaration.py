"""What the distribution declares."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from pydantic import ValidationError

import dify_files
from dify_files import FilesSettings
from dify_files.domain.kinds import SizeLimits
from dify_runtime_sdk.workflow import FileType

PLUGINS = {"files", "files-service", "files-routes"}


def test_three_plugins_are_registered():
    found = {point.name for point in entry_points(group="dify_runtime.plugins") if point.value.startswith("dify_files")}
    assert found == PLUGINS


def test_the_declarations_are_light():
    modules = "dify_files.plugin, dify_files.service_plugin, dify_files.routes_plugin"
    heavy = "{'sqlalchemy', 'quart', 'httpx', 'werkzeug', 'alembic'}"
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_there():
    from importlib import import_module

    for name in dify_files.__all__:
        assert hasattr(dify_files, name) or import_module(f"dify_files.{name}")


def test_limits_are_megabytes_of_each_kind():
    settings = FilesSettings(
        UPLOAD_FILE_SIZE_LIMIT=1,
        UPLOAD_IMAGE_FILE_SIZE_LIMIT=2,
        UPLOAD_VIDEO_FILE_SIZE_LIMIT=3,
        UPLOAD_AUDIO_FILE_SIZE_LIMIT=4,
    )
    limits = SizeLimits.of(settings)
    by_kind = [limits.for_kind(kind) >> 20 for kind in FileType]
    assert dict(zip(FileType, by_kind, strict=True)) == {
        FileType.IMAGE: 2,
        FileType.DOCUMENT: 1,
        FileType.AUDIO: 4,
        FileType.VIDEO: 3,
        FileType.CUSTOM: 1,
    }
    assert limits.largest == 4 << 20


def test_the_black_list_is_read_as_dify_reads_it():
    assert {
        "exe",
        "bat",
    } == FilesSettings(UPLOAD_FILE_EXTENSION_BLACKLIST=" .EXE,, bat , ").UPLOAD_FILE_EXTENSION_BLACKLIST


@pytest.mark.parametrize("name", ["UPLOAD_FILE_SIZE_LIMIT", "WORKFLOW_FILE_UPLOAD_LIMIT"])
def test_a_limit_below_nothing_is_refused(name):
    with pytest.raises(ValidationError):
        FilesSettings(**{name: -1})


@pytest.mark.parametrize(
    ("settings", "public", "internal"),
    [
        ({}, "", ""),
        ({"FILES_URL": "http://a/"}, "http://a", "http://a"),
        ({"FILES_URL": "http://a", "INTERNAL_FILES_URL": "http://b/"}, "http://a", "http://b"),
    ],
)
def test_addresses_have_no_slash_at_their_end(settings, public, internal):
    made = FilesSettings(**settings)
    assert (made.public_url, made.internal_url) == (public, internal)


async def test_all_plugins_start_in_their_order(embedded):
    order = [name for name in embedded.records if name in PLUGINS]
    assert order[0] == "files"
    assert set(order) == PLUGINS
