"""Which back end is opened, and what is said when it cannot be."""

import os
import subprocess
import sys

import pytest

from dify_runtime.errors import BootError
from dify_runtime_sdk import Introspection, Plugin, SettingsError, hookimpl
from dify_runtime_sdk.storage import Storage, StorageBackend, StorageError
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.local.storage import LocalStorage
from dify_storage.opendal.plugin import StorageOpendalPlugin
from dify_storage.opendal.storage import OpendalStorage
from dify_storage.plugin import StoragePlugin
from dify_storage.settings import StorageSettings

PLUGINS = {
    "storage": StoragePlugin,
    "storage-local": StorageLocalPlugin,
    "storage-opendal": StorageOpendalPlugin,
}


class Entered(LocalStorage):
    """A store that tells when it is entered and left."""

    events: list[str]

    async def __aenter__(self):
        self.events.append("entered")
        return await super().__aenter__()

    async def __aexit__(self, *reason):
        self.events.append("left")
        await super().__aexit__(*reason)


class OtherPlugin(Plugin):
    """A back end of somebody else."""

    @hookimpl
    def storage_backends(self, runtime):
        async def opened(view):
            store = await Entered.open(runtime.home / "other", backend="other")
            store.events = self.events = ["opened"]
            assert view.settings(StorageSettings).STORAGE_TYPE == "other"
            return store

        return [StorageBackend("other", opened)]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory of the process, which relative paths go by."""
    directory = tmp_path / "cwd"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def saved_at(runtime, tmp_path):
    """Where an object goes that is saved under these settings, below the test's directory."""

    async def find(**settings):
        booted = await runtime(PLUGINS, environ=settings, roles=("job",))
        await (await booted.services.get(Storage)).save("one", b"1")
        [path] = tmp_path.rglob("one")
        return str(path.relative_to(tmp_path))

    return find


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({}, ".dify-runtime/storage/one"),
        ({"STORAGE_TYPE": " "}, ".dify-runtime/storage/one"),
        ({"STORAGE_TYPE": "local"}, "cwd/storage/one"),
        ({"STORAGE_TYPE": "local", "STORAGE_LOCAL_PATH": "data/files"}, "cwd/data/files/one"),
        ({"STORAGE_LOCAL_PATH": "data"}, "cwd/data/one"),
        ({"STORAGE_LOCAL_PATH": ""}, ".dify-runtime/storage/one"),
        ({"STORAGE_TYPE": "opendal"}, "cwd/storage/one"),
        ({"STORAGE_TYPE": "opendal", "OPENDAL_SCHEME": "fs", "OPENDAL_FS_ROOT": "files"}, "cwd/files/one"),
        ({"OPENDAL_SCHEME": "fs", "OPENDAL_FS_ROOT": "files"}, "cwd/files/one"),
        ({"OPENDAL_FS_ROOT": "files"}, ".dify-runtime/storage/one"),
    ],
)
async def test_files_go_where_the_settings_say(saved_at, here, settings, path):
    assert here.is_dir()
    assert await saved_at(**settings) == path


async def test_the_home_is_absolute_for_a_path_that_is_not_named(runtime, tmp_path, here):
    booted = await runtime(PLUGINS, environ={"DIFY_RUNTIME_HOME": str(tmp_path / "home")})
    await (await booted.services.get(Storage)).save("one", b"1")
    assert (tmp_path / "home" / "storage" / "one").is_file()
    assert list(here.iterdir()) == []


async def test_another_scheme_opens_an_operator(runtime):
    booted = await runtime(PLUGINS, environ={"OPENDAL_SCHEME": "memory"})
    storage = await booted.services.get(Storage)
    assert isinstance(storage, OpendalStorage)
    await storage.save("one", b"1")
    assert await storage.load("one") == b"1"


@pytest.mark.parametrize("name", ["clickzetta-volume", "ftp", "S3"])
async def test_a_back_end_that_nobody_provides_is_refused_with_those_there_are(runtime, name):
    with pytest.raises(BootError) as caught:
        await runtime(PLUGINS, settings={"STORAGE_TYPE": name})
    message = str(caught.value)
    assert f"STORAGE_TYPE is '{name}', and no plugin provides that storage back end" in message
    assert "available: aliyun-oss, azure-blob, baidu-obs, google-storage, huawei-obs, local, oci-storage" in message


async def test_without_any_back_end_the_error_says_so(runtime):
    with pytest.raises(BootError, match="available: none"):
        await runtime({"storage": StoragePlugin})


async def test_a_failing_storage_leaves_the_rest_to_serve_where_the_policy_says_so(runtime):
    booted = await runtime(PLUGINS, settings={"STORAGE_TYPE": "ftp"}, strict=False)
    assert booted.records["storage"].state == "failed"
    assert booted.records["storage-local"].state == "unmet"


@pytest.mark.parametrize("name", ["s3", "azure-blob", "supabase"])
async def test_missing_settings_stop_the_boot_and_are_named(runtime, name):
    with pytest.raises(BootError, match=f"storage back end '{name}' needs [A-Z0-9_, ]*_NAME") as caught:
        await runtime(PLUGINS, settings={"STORAGE_TYPE": name})
    assert isinstance(caught.value.reasons[0].__cause__, SettingsError)


async def test_a_directory_that_cannot_be_used_stops_the_boot(runtime, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BootError, match=r"storage back end 'local' cannot use the directory .*file") as caught:
        await runtime(PLUGINS, settings={"STORAGE_TYPE": "local", "STORAGE_LOCAL_PATH": str(tmp_path / "file")})
    assert isinstance(caught.value.reasons[0].__cause__, StorageError)


async def test_a_back_end_of_another_plugin_is_opened_entered_and_left(runtime):
    booted = await runtime({**PLUGINS, "other": OtherPlugin}, settings={"STORAGE_TYPE": "other"})
    storage = await booted.services.get(Storage)
    assert isinstance(storage, Entered)
    assert storage.events == ["opened", "entered"]
    await runtime.stop()
    assert storage.events == ["opened", "entered", "left"]


async def test_two_back_ends_of_one_name_are_an_error_that_names_both_plugins(runtime):
    plugins = {**PLUGINS, "other": OtherPlugin, "third": type("Third", (OtherPlugin,), {})}
    with pytest.raises(BootError, match=r"storage back end 'other' is contributed by plugin 'other' and by .*'third'"):
        await runtime(plugins, settings={"STORAGE_TYPE": "other"})


async def test_a_directory_that_went_away_makes_the_process_not_ready(runtime, tmp_path):
    booted = await runtime(PLUGINS)
    introspection = await booted.services.get(Introspection)
    assert (await introspection.readiness()).status == "ready"
    directory = tmp_path / ".dify-runtime" / "storage"
    (directory / ".dify-runtime-incoming").rmdir()
    directory.rmdir()
    directory.symlink_to(directory)
    readiness = await introspection.readiness()
    assert readiness.status == "not_ready"
    assert [check.plugin for check in readiness.checks if check.error] == ["storage"]


BOOT = """
import asyncio, sys
from dify_runtime.runtime import Runtime
from dify_runtime_sdk.storage import Storage
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.opendal.plugin import StorageOpendalPlugin
from dify_storage.plugin import StoragePlugin

plugins = {"storage": StoragePlugin, "storage-local": StorageLocalPlugin, "storage-opendal": StorageOpendalPlugin}

async def main():
    async with Runtime.boot(plugins=plugins, roles=("job",), environ=dict([sys.argv[1].split("=")])) as runtime:
        await (await runtime.services.get(Storage)).save("one", b"1")

asyncio.run(main())
print("opendal" in sys.modules)
"""


def ended(setting, directory):
    """A process that boots, saves one object, and ends."""
    command = [sys.executable, "-c", BOOT, setting]
    return subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("setting", ["STORAGE_TYPE=", "STORAGE_TYPE=opendal"])
def test_opendal_is_not_imported_for_files(tmp_path, setting):
    process = ended(setting, tmp_path)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert output == "False\n"


def test_a_process_that_has_just_used_opendal_ends_well(tmp_path):
    processes = [ended("OPENDAL_SCHEME=memory", tmp_path) for _ in range(2 * (os.cpu_count() or 1))]
    results = [(process.communicate(), process.returncode) for process in processes]
    assert [code for _, code in results] == [0] * len(processes), results
