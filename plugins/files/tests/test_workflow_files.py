"""Files in the hands of nodes: the service `WorkflowFiles`."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from dify_database import Database
from dify_files import FileRules, Files, FileTooLarge, ToolFiles
from dify_files.tables import TOOL_FILES
from dify_runtime_sdk.storage import Storage
from dify_runtime_sdk.workflow import File, FileType, TransferMethod, WorkflowError
from dify_runtime_sdk.workflow.files import WorkflowFiles

OTHER = "66666666-6666-4666-8666-666666666666"


@pytest.fixture
async def files(booted) -> WorkflowFiles:
    return await booted.services.get(WorkflowFiles)


@pytest.fixture
async def uploaded(booted, upload, foreign) -> File:
    """An upload, as an input has it."""
    file = await upload(booted, foreign, "a.txt", b"x" * 100)
    mapping = {"transfer_method": "local_file", "upload_file_id": file.id}
    [found] = await (await booted.services.get(Files)).inputs([mapping], rules=FileRules(), tenant_id=foreign)
    return found


async def test_an_upload_is_read_whole_or_in_pieces(files, uploaded):
    assert await files.read(uploaded) == b"x" * 100
    assert await files.read(uploaded, limit=100) == b"x" * 100
    assert b"".join([piece async for piece in files.stream(uploaded)]) == b"x" * 100


async def test_more_than_the_limit_is_refused_also_when_the_size_was_unknown(files, uploaded):
    for file in (uploaded, replace(uploaded, size=-1)):
        with pytest.raises(WorkflowError, match=r"'a\.txt' is larger than 99 bytes"):
            await files.read(file, limit=99)


async def test_what_a_node_made_is_kept_and_read_again(booted, files, foreign):
    made = await files.store(b"png", filename="chart.png", mime_type="image/png", tenant_id=foreign)
    assert (made.type, made.transfer_method) == (FileType.IMAGE, TransferMethod.TOOL_FILE)
    assert (made.filename, made.extension, made.mime_type, made.size) == ("chart.png", ".png", "image/png", 3)
    assert made.url.startswith(f"http://files.test/files/tools/{made.related_id}.png?")
    assert await files.read(made) == b"png"
    database = await booted.services.get(Database)
    row = await database.read(lambda session: _first(session))
    assert (row.id, row.tenant_id, row.name, row.size, row.mimetype) == (
        made.related_id,
        foreign,
        "chart.png",
        3,
        "image/png",
    )
    assert row.file_key.startswith(f"tools/{foreign}/")


async def _first(session):
    return (await session.execute(select(TOOL_FILES))).first()


@pytest.mark.parametrize(
    ("filename", "mime_type", "extension", "kind"),
    [
        (None, "image/png", ".png", FileType.IMAGE),
        (None, None, ".bin", FileType.CUSTOM),
        ("a.csv", None, ".csv", FileType.DOCUMENT),
        ("../../etc/passwd", None, ".bin", FileType.CUSTOM),
        ("x" * 300 + ".txt", "text/plain; charset=utf-8", ".txt", FileType.DOCUMENT),
        ("a.t/x", "audio/mpeg", ".mp3", FileType.AUDIO),
    ],
)
async def test_name_and_type_are_made_up_from_each_other(filename, mime_type, extension, kind, files, foreign):
    made = await files.store(b"", filename=filename, mime_type=mime_type, tenant_id=foreign)
    assert (made.extension, made.type, made.size) == (extension, kind, 0)
    assert made.filename
    assert len(made.filename) <= 200
    assert "/" not in made.filename
    assert await files.read(made) == b""


async def test_a_file_of_another_workspace_is_not_read(booted, files, uploaded, foreign):
    made = await files.store(b"png", filename="chart.png", mime_type="image/png", tenant_id=foreign)
    for file in (uploaded, made, replace(uploaded, transfer_method=TransferMethod.REMOTE_URL)):
        assert await files.read(file)
        for tenant_id in (OTHER, "", "no id"):
            with pytest.raises(WorkflowError, match="not there any more"):
                await files.read(replace(file, tenant_id=tenant_id))
    assert await (await booted.services.get(Files)).get(uploaded.related_id, tenant_id=OTHER) is None
    assert await (await booted.services.get(ToolFiles)).get(made.related_id, tenant_id=OTHER) is None
    assert await (await booted.services.get(ToolFiles)).get(made.related_id, tenant_id=foreign) is not None


@pytest.mark.parametrize("related_id", ["no id", OTHER, None])
async def test_a_file_that_is_not_there_is_a_typed_error(related_id, files, uploaded):
    with pytest.raises(WorkflowError, match=r"'a\.txt'"):
        await files.read(replace(uploaded, related_id=related_id))


async def test_content_that_is_gone_is_a_typed_error(booted, files, uploaded, foreign):
    storage = await booted.services.get(Storage)
    async for info in storage.list(f"upload_files/{foreign}/"):
        await storage.delete(info.key)
    with pytest.raises(WorkflowError, match="cannot be read"):
        await files.read(uploaded)


async def test_a_storage_that_is_away_is_a_typed_error(runtime, plugins, foreign):
    settings = {"MIGRATION_ENABLED": True, "STORAGE_TYPE": "flaky", "SECRET_KEY": "k" * 42}
    booted = await runtime(plugins, settings=settings)
    files = await booted.services.get(WorkflowFiles)
    (await booted.services.get(Storage)).away = True
    with pytest.raises(WorkflowError, match="a file cannot be stored"):
        await files.store(b"x", filename="a.txt", mime_type=None, tenant_id=foreign)


async def test_a_tool_s_file_is_never_larger_than_the_largest_upload(booted, foreign, stored):
    async def endless():
        while True:
            yield b"x" * (1 << 20)

    service = await booted.services.get(ToolFiles)
    with pytest.raises(FileTooLarge, match="100 MB"):
        await service.store(endless(), filename="a.txt", mime_type=None, tenant_id=foreign)
    assert await stored(booted) == []
