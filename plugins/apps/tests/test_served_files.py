"""App files given to `serve`: applied at start and when they change."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dify_accounts import ApiKeys
from dify_apps.library import ImportFailedError, LibraryError
from dify_apps.library.app_files import find_files, key_of
from dify_apps.library.served import ServedFiles
from dify_apps.library.workplace import workplace
from dify_apps.serving import AppFilesPlugin


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def write(here):
    """Write a file, with a time of change that differs from all earlier ones."""
    clock = iter(range(1_700_000_000, 1_800_000_000))

    def write(name, text):
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        now = next(clock)
        os.utime(path, (now, now))
        return path

    return write


@pytest.fixture
async def served(booted, tenant, here):
    """Serve paths: `await served("app.yml")` gives the `ServedFiles` after the start."""

    async def served(*paths, strict=False):
        files = ServedFiles(await workplace(booted), paths)
        await files.apply_all(strict=strict)
        return files

    return served


async def settle(files):
    """Two looks: the first sees a change, the second that it is over."""
    await files.look()
    await files.look()


async def test_files_and_folders_become_apps_with_a_url_and_a_key(
    booted, served, write, library, who, workflow_text, chat_text
):
    write("one.yml", workflow_text("One"))
    write("more/two.yaml", chat_text("Two"))
    write("more/compose.yml", "services: {}\n")
    write("more/.hidden/three.yml", chat_text("Three"))
    files = await served("one.yml", "more")
    apps = {app.name: app for app in await library.list(tenant_id=who["tenant_id"])}
    assert set(apps) == {"One", "Two"}
    first, second = files.lines(with_keys=True)
    assert first.startswith("one.yml  One (workflow)  {url}/v1  key app-")
    token = second.rpartition(" ")[2]
    found = await (await booted.services.get(ApiKeys)).find(token)
    assert found.app_id == apps["Two"].id
    assert not any("app-" in line for line in files.lines(with_keys=False))
    again = await served("one.yml", "more")
    assert again.lines(with_keys=True) == [first, second]


async def test_a_change_is_applied_once_it_is_complete(served, write, library, who, workflow_text):
    write("a.yml", workflow_text(greeting="Hello"))
    files = await served("a.yml")
    [app] = await library.list(tenant_id=who["tenant_id"])
    write("a.yml", workflow_text(greeting="Bye"))
    await files.look()
    assert (await library.get(app.id, tenant_id=who["tenant_id"])).workflow_id == app.workflow_id
    await files.look()
    changed = await library.get(app.id, tenant_id=who["tenant_id"])
    assert changed.workflow_id != app.workflow_id
    await settle(files)
    assert await library.get(app.id, tenant_id=who["tenant_id"]) == changed


async def test_a_new_file_in_a_folder_becomes_an_app(served, write, library, who, chat_text, here):
    (here / "apps").mkdir()
    files = await served("apps")
    assert files.lines(with_keys=True) == []
    write("apps/new.yml", chat_text("New"))
    await settle(files)
    assert [app.name for app in await library.list(tenant_id=who["tenant_id"])] == ["New"]


async def test_a_broken_change_is_told_once_and_leaves_what_is_served(
    served, write, library, who, workflow_text, caplog
):
    write("a.yml", workflow_text(secret="s3cret-value"))
    files = await served("a.yml")
    [app] = await library.list(tenant_id=who["tenant_id"])
    write("a.yml", workflow_text(secret="s3cret-value").replace("source: start", "from: start"))
    await settle(files)
    await settle(files)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert re.match(r"a\.yml: line \d+, column \d+, .*'source' is missing; its app stays as it was", errors[0])
    assert "s3cret-value" not in caplog.text
    assert await library.list(tenant_id=who["tenant_id"]) == [app]
    write("a.yml", workflow_text("Mended", secret="s3cret-value"))
    await settle(files)
    assert [one.name for one in await library.list(tenant_id=who["tenant_id"])] == ["Mended"]


async def test_the_app_of_a_deleted_file_stays(served, write, library, who, workflow_text):
    path = write("a.yml", workflow_text())
    files = await served("a.yml")
    path.unlink()
    await settle(files)
    assert len(await library.list(tenant_id=who["tenant_id"])) == 1


async def test_what_cannot_be_served_is_shown_or_stops_the_start(served, write, library, who, workflow_text):
    write("bad.yml", "app: {name: x}\n")
    write("good.yml", workflow_text())
    files = await served("bad.yml", "none.yml", "good.yml")
    bad, none, good = files.lines(with_keys=True)
    assert bad.startswith("bad.yml  not served: ")
    assert none.startswith("none.yml  not served: none.yml cannot be read: No such file")
    assert "Greeter" in good
    with pytest.raises(ImportFailedError):
        await served("bad.yml", strict=True)
    with pytest.raises(LibraryError, match="cannot be read"):
        await served("none.yml", strict=True)


async def test_after_a_restart_a_broken_file_leaves_what_it_made_before(served, write, workflow_text):
    write("a.yml", workflow_text())
    [line] = (await served("a.yml")).lines(with_keys=True)
    write("a.yml", "app: {name: x}\n")
    [broken] = (await served("a.yml")).lines(with_keys=True)
    assert broken == f"{line}  as it was before: the file cannot be used"


async def test_a_file_that_comes_later_is_served(served, write, library, who, workflow_text):
    files = await served("later.yml")
    write("later.yml", workflow_text())
    await settle(files)
    assert len(await library.list(tenant_id=who["tenant_id"])) == 1


def test_a_file_is_called_by_its_path_from_here(here, write, tmp_path):
    write("apps/a.yml", "")
    assert key_of(Path("apps/a.yml")) == "apps/a.yml"
    assert key_of(here / "apps" / ".." / "apps" / "a.yml") == "apps/a.yml"
    assert key_of(tmp_path / "b.yml") == (tmp_path / "b.yml").as_posix()
    assert [file.path for file in find_files(["apps", "apps/a.yml"])] == [Path("apps/a.yml")]


async def test_the_plugin_applies_the_files_of_its_settings(runtime, plugins, database_settings, write, workflow_text):
    write("a.yml", workflow_text())
    settings = {"MIGRATION_ENABLED": True, "APP_FILES": ["a.yml"], "APP_FILES_WATCH": True, **database_settings}
    booted = await runtime({**plugins, "apps-files": AppFilesPlugin}, roles=("api",), settings=settings)
    lines = [line for _, line in booted.runtime.contributions("banner")]
    assert any(line.startswith("a.yml  Greeter (workflow)  {url}/v1  key app-") for line in lines), lines


@pytest.fixture
def serve(here, plugins):
    """Serve in a process; gives its lines after the ready line."""
    processes = []

    def serve(*arguments, lines):
        process = subprocess.Popen(
            [sys.executable, "-m", "dify_runtime", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={
                "PATH": "/usr/bin:/bin",
                "DIFY_RUNTIME_HOME": str(here / "home"),
                "DIFY_PLUGINS_ALLOW": ",".join([*plugins, "apps-files"]),
            },
        )
        processes.append(process)
        for line in process.stdout:
            if " ready at " in line:
                url = re.search(r"ready at (\S+)", line)[1]
                return url, [process.stdout.readline().rstrip("\n") for _ in range(lines)]
        raise AssertionError("it did not get ready")

    yield serve
    for process in processes:
        process.terminate()
        process.communicate(timeout=30)


def test_serve_takes_files_and_says_where_they_are_served(serve, write, workflow_text):
    write("a.yml", workflow_text())
    url, lines = serve("a.yml", "--watch", lines=2)
    [line] = [one for one in lines if one.startswith("a.yml")]
    assert re.fullmatch(rf"a\.yml  Greeter \(workflow\)  {re.escape(url)}/v1  key app-\w{{24}}", line)
