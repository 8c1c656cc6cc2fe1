"""Files as inputs of apps."""

import pytest

from dify_database import count_statements
from dify_files import FileRules, Files, InvalidFileInput
from dify_runtime_sdk.workflow import FileType, TransferMethod

OTHER = "66666666-6666-4666-8666-666666666666"
ALL = FileRules(methods=frozenset(TransferMethod))


@pytest.fixture
def read(foreign):
    """Read inputs of the workspace `foreign`."""

    async def read(booted, *mappings, rules=ALL, tenant_id=foreign, strict_type=False):
        files = await booted.services.get(Files)
        return await files.inputs(mappings, rules=rules, tenant_id=tenant_id, strict_type=strict_type)

    return read


def local(file, **more):
    return {"transfer_method": "local_file", "upload_file_id": file.id} | more


async def test_uploads_and_tools_files_are_found_by_one_statement(booted, read, upload, tool_file, foreign):
    image = await upload(booted, foreign, "a.PNG", b"png", "image/png")
    text = await upload(booted, foreign, "b.txt")
    made = await tool_file(booted, foreign, None, b"mp3", "audio/mpeg")
    with count_statements() as count:
        files = await read(
            booted,
            local(image, id="given"),
            {"transfer_method": "tool_file", "tool_file_id": made.id, "type": "audio"},
            {"transfer_method": "datasource_file", "datasource_file_id": text.id},
            {"transfer_method": "remote_url", "upload_file_id": text.id.upper()},
        )
    assert len(count) == 1, count
    assert [(file.type.value, file.transfer_method.value, file.related_id, file.size) for file in files] == [
        ("image", "local_file", image.id, 3),
        ("audio", "tool_file", made.id, 3),
        ("document", "datasource_file", text.id, 5),
        ("document", "remote_url", text.id, 5),
    ]
    assert [(file.id, file.filename, file.extension, file.mime_type) for file in files[:2]] == [
        ("given", "a.PNG", ".png", "image/png"),
        (None, made.name, ".mp3", "audio/mpeg"),
    ]
    assert {file.tenant_id for file in files} == {foreign}
    assert files[0].url.startswith(f"http://files.test/files/{image.id}/file-preview?")
    assert files[1].url.startswith(f"http://files.test/files/tools/{made.id}.mp3?")


async def test_a_file_of_another_workspace_is_not_there(booted, read, upload, tool_file, foreign):
    file = await upload(booted, foreign, "a.txt")
    made = await tool_file(booted, foreign, "a.txt", b"made", None)
    mappings = [
        local(file),
        {"transfer_method": "remote_url", "upload_file_id": file.id},
        {"transfer_method": "datasource_file", "datasource_file_id": file.id},
        {"transfer_method": "tool_file", "tool_file_id": made.id},
    ]
    for mapping in mappings:
        assert len(await read(booted, mapping)) == 1
        with pytest.raises(InvalidFileInput, match="file 1: there is no such file"):
            await read(booted, mapping, tenant_id=OTHER)


@pytest.mark.parametrize(
    "mapping",
    [
        None,
        "a text",
        {},
        {"transfer_method": "local_file"},
        {"transfer_method": "local_file", "upload_file_id": ""},
        {"transfer_method": "remote_url", "url": ""},
        {"transfer_method": "carrier_pigeon", "upload_file_id": OTHER},
        {"transfer_method": ["local_file"], "upload_file_id": OTHER},
        {"upload_file_id": OTHER},
    ],
)
async def test_an_entry_that_is_incomplete_is_dropped(mapping, embedded, read, upload, foreign):
    file = await upload(embedded, foreign, "a.txt")
    assert [each.related_id for each in await read(embedded, mapping, local(file))] == [file.id]


@pytest.mark.parametrize("wrong", ["no id", OTHER, 7, {"a": 1}])
async def test_an_id_of_nothing_is_an_error_that_names_the_entry(wrong, booted, read, upload, foreign):
    file = await upload(booted, foreign, "a.txt")
    with pytest.raises(InvalidFileInput, match=r"^file 2: ") as caught:
        await read(booted, local(file), {"transfer_method": "local_file", "upload_file_id": wrong})
    assert (caught.value.status, caught.value.code) == (400, "invalid_param")


async def test_no_more_files_than_allowed(embedded, read, upload, foreign):
    file = await upload(embedded, foreign, "a.txt")
    assert len(await read(embedded, *[local(file)] * 10)) == 10
    with pytest.raises(InvalidFileInput, match="maximum limit 10"):
        await read(embedded, *[local(file)] * 11)
    with pytest.raises(InvalidFileInput, match="maximum limit 1"):
        await read(embedded, local(file), local(file), rules=FileRules(number_limit=1))
    assert await read(embedded, local(file), None, rules=FileRules(number_limit=1))


@pytest.mark.parametrize("more_settings", [{"WORKFLOW_FILE_UPLOAD_LIMIT": 2}])
async def test_the_operator_sets_the_number_where_the_app_does_not(embedded, read, upload, foreign):
    file = await upload(embedded, foreign, "a.txt")
    with pytest.raises(InvalidFileInput, match="maximum limit 2"):
        await read(embedded, *[local(file)] * 3)


async def test_a_method_that_is_not_allowed_is_refused(embedded, read, upload, foreign):
    file = await upload(embedded, foreign, "a.txt")
    rules = FileRules(methods=frozenset({TransferMethod.REMOTE_URL}))
    with pytest.raises(InvalidFileInput, match="local_file is not allowed"):
        await read(embedded, local(file), rules=rules)


DOCUMENTS = FileRules(types=frozenset({FileType.DOCUMENT}))
CUSTOM = FileRules(types=frozenset({FileType.CUSTOM}), extensions=(".PDF", "log"))


@pytest.mark.parametrize(
    ("name", "declared", "rules", "kind"),
    [
        ("a.pdf", None, DOCUMENTS, FileType.DOCUMENT),
        ("a.pdf", "document", DOCUMENTS, FileType.DOCUMENT),
        ("a.png", "document", DOCUMENTS, FileType.DOCUMENT),
        ("a.pdf", None, CUSTOM, FileType.CUSTOM),
        ("a.pdf", "custom", CUSTOM, FileType.CUSTOM),
        ("a.log", None, CUSTOM, FileType.CUSTOM),
        ("a.zip", None, FileRules(), FileType.CUSTOM),
    ],
)
async def test_a_type_that_is_allowed_goes_in(name, declared, rules, kind, embedded, read, upload, foreign):
    file = await upload(embedded, foreign, name, mime_type="a/b")
    [found] = await read(embedded, local(file, type=declared), rules=rules)
    assert found.type is kind


@pytest.mark.parametrize(
    ("name", "declared", "rules", "message"),
    [
        ("a.png", None, DOCUMENTS, "type image are not allowed"),
        ("a.pdf", "image", DOCUMENTS, "type image are not allowed"),
        ("a.pdf", "custom", DOCUMENTS, "type custom are not allowed"),
        ("a.txt", None, CUSTOM, "extension '.txt' are not allowed"),
        ("a.txt", "custom", CUSTOM, "extension '.txt' are not allowed"),
        ("a", None, CUSTOM, "extension '' are not allowed"),
        ("a.txt", "spell", FileRules(), "no such type"),
        ("a.txt", ["image"], FileRules(), "no such type"),
    ],
)
async def test_a_type_that_is_not_allowed_is_refused(name, declared, rules, message, embedded, read, upload, foreign):
    file = await upload(embedded, foreign, name, mime_type="a/b")
    with pytest.raises(InvalidFileInput, match=message):
        await read(embedded, local(file, type=declared), rules=rules)


@pytest.mark.parametrize(("declared", "fits"), [("image", False), ("document", True), ("custom", True), (None, True)])
async def test_a_strict_caller_may_not_declare_another_type(declared, fits, embedded, read, upload, foreign):
    file = await upload(embedded, foreign, "a.pdf", mime_type="application/pdf")
    mapping = local(file, type=declared)
    assert len(await read(embedded, mapping)) == 1
    if fits:
        assert len(await read(embedded, mapping, strict_type=True)) == 1
    else:
        with pytest.raises(InvalidFileInput, match="does not match the specified type"):
            await read(embedded, mapping, strict_type=True)


async def test_links_of_stored_answers_are_made_anew(embedded, read, upload, foreign):
    file = await upload(embedded, foreign, "a.txt")
    [found] = await read(embedded, local(file))
    service = await embedded.services.get(Files)
    [fresh] = service.resign([found])
    assert fresh.url != found.url
    assert fresh.url.startswith(f"http://files.test/files/{file.id}/file-preview?")
    assert fresh.related_id == found.related_id
