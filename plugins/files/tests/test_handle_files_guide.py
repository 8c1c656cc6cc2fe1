"""The examples of the guide to files."""

from collections.abc import AsyncIterator

import pytest

from dify_files import Creator, FileRules, Files, FilesError, UploadedFile
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.workflow import File, FileType
from dify_runtime_sdk.workflow.files import WorkflowFiles


async def keep(runtime: Runtime, lines: AsyncIterator[bytes], *, tenant_id: str, account_id: str) -> UploadedFile:
    """Store a report for an account."""
    files = await runtime.services.get(Files)
    return await files.upload(
        lines,
        filename="report.csv",
        mime_type="text/csv",
        tenant_id=tenant_id,
        creator=Creator(role="account", id=account_id),
    )


async def first_line(runtime: Runtime, file_id: str, *, tenant_id: str) -> str:
    """The first line of an upload of this workspace."""
    files = await runtime.services.get(Files)
    file = await files.get(file_id, tenant_id=tenant_id)
    if file is None:
        return "there is no such file"
    content = b"".join([piece async for piece in await files.open(file)])
    return content.decode().partition("\n")[0]


PICTURES = FileRules(types=frozenset({FileType.IMAGE}), number_limit=3)


async def pictures(runtime: Runtime, given: list[dict[str, str]], *, tenant_id: str) -> list[File]:
    """The pictures that a client names."""
    files = await runtime.services.get(Files)
    return await files.inputs(given, rules=PICTURES, tenant_id=tenant_id)


async def thumbnail(runtime: Runtime, picture: File) -> File:
    """A smaller picture of a picture."""
    files = await runtime.services.get(WorkflowFiles)
    content = await files.read(picture, limit=10_000_000)
    return await files.store(content[:10], filename="small.png", mime_type="image/png", tenant_id=picture.tenant_id)


async def test_an_upload_is_kept_and_read(embedded, pieces, foreign):
    file = await keep(embedded.runtime, pieces(b"a,b\n", b"1,2\n"), tenant_id=foreign, account_id=foreign)
    assert await first_line(embedded.runtime, file.id, tenant_id=foreign) == "a,b"
    assert await first_line(embedded.runtime, file.id, tenant_id=file.id) == "there is no such file"


async def test_pictures_come_in_and_go_out(embedded, upload, foreign):
    picture = await upload(embedded, foreign, "a.png", b"x" * 100, "image/png")
    given = {"transfer_method": "local_file", "upload_file_id": picture.id}
    [found] = await pictures(embedded.runtime, [given], tenant_id=foreign)
    assert (await thumbnail(embedded.runtime, found)).size == 10
    with pytest.raises(FilesError, match="maximum limit 3"):
        await pictures(embedded.runtime, [given] * 4, tenant_id=foreign)
