"""`POST /v1/files/upload`: the record, the rules, and the errors in Dify's words."""

import time

import pytest

from dify_accounts import EndUsers, KeyType
from dify_database import count_statements
from dify_files import Files

APP = "22222222-2222-2222-2222-222222222222"
URL = "/v1/files/upload"


async def test_an_upload_is_answered_with_the_record_of_the_file(booted, key_of, tenant_of, stored):
    headers, tenant = await key_of(booted), await tenant_of(booted)
    answer = await booted.client.post(
        URL, headers=headers, data={"user": "bob"}, files={"file": ("note.txt", b"hello file\n")}
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    user = await (await booted.services.get(EndUsers)).resolve(tenant_id=tenant.id, app_id=APP, session_id="bob")
    link = f"http://files.test/files/{body['id']}/file-preview?timestamp="
    assert body.pop("source_url").startswith(link)
    assert 0 <= time.time() - body.pop("created_at") < 60
    assert body == {
        "id": body["id"],
        "name": "note.txt",
        "size": 11,
        "extension": "txt",
        "mime_type": "text/plain",
        "created_by": user.id,
        "preview_url": None,
        "original_url": None,
        "user_id": None,
        "tenant_id": tenant.id,
        "conversation_id": None,
        "file_key": None,
    }
    [key] = await stored(booted)
    assert key.startswith(f"upload_files/{tenant.id}/")
    assert key.endswith(".txt")


async def test_the_user_may_be_named_after_the_file_or_not_at_all(embedded, key_of, tenant_of):
    headers, tenant = await key_of(embedded), await tenant_of(embedded)
    users = await embedded.services.get(EndUsers)
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n'
        b'--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nlate\r\n--b--\r\n'
    )
    late = await embedded.client.post(
        URL, headers=headers | {"Content-Type": "multipart/form-data; boundary=b"}, content=form
    )
    named = await users.resolve(tenant_id=tenant.id, app_id=APP, session_id="late")
    assert late.json()["created_by"] == named.id
    nameless = await embedded.client.post(URL, headers=headers, files={"file": ("a.txt", b"x")})
    anonymous = await users.resolve(tenant_id=tenant.id, app_id=APP, session_id=None)
    assert nameless.json()["created_by"] == anonymous.id


@pytest.mark.parametrize("more_settings", [{"FILES_URL": None}])
async def test_without_an_address_the_link_leads_where_the_client_came(embedded, key_of):
    answer = await embedded.client.post(
        URL, headers=await key_of(embedded), files={"file": ("a.txt", b"x", "text/plain")}
    )
    body = answer.json()
    assert body["source_url"].startswith(f"http://runtime.test/files/{body['id']}/file-preview?")
    assert (await embedded.client.get(body["source_url"])).content == b"x"


async def test_an_upload_of_a_known_user_is_one_statement(booted, key_of):
    headers = await key_of(booted)
    post = {"url": URL, "headers": headers, "data": {"user": "bob"}, "files": {"file": ("a.txt", b"x")}}
    await booted.client.post(**post)
    with count_statements() as count:
        assert (await booted.client.post(**post)).status_code == 201
    assert len(count) == 1, count


PNG = ("a.png", b"x", "image/png")


@pytest.mark.parametrize(
    ("form", "status", "code", "message"),
    [
        ({"data": {"user": "bob"}}, 400, "no_file_uploaded", "Please upload your file."),
        ({"files": {"other": PNG}}, 400, "no_file_uploaded", "Please upload your file."),
        ({"files": [("file", PNG), ("file", PNG)]}, 400, "too_many_files", "Only one file is allowed."),
        ({"files": [("file", PNG), ("other", PNG)]}, 400, "too_many_files", "Only one file is allowed."),
        ({"files": [("other", PNG), ("file", PNG)]}, 400, "too_many_files", "Only one file is allowed."),
        ({"files": {"file": ("  ", b"x", "text/plain")}}, 400, "filename_not_exists_error", None),
        ({"files": {"file": ("a/b.txt", b"x", "text/plain")}}, 400, "invalid_param", None),
        ({"files": {"file": ("..\\x.txt", b"x", "text/plain")}}, 400, "invalid_param", None),
        ({"files": {"file": ("a.txt", b"x", "")}}, 415, "unsupported_file_type", "File type not allowed."),
        ({"files": {"file": ("a.txt", b"x", "no type")}}, 415, "unsupported_file_type", "File type not allowed."),
        ({"files": {"file": ("a.txt", b"x", "a/" + "b" * 300)}}, 415, "unsupported_file_type", None),
    ],
)
async def test_a_form_that_is_wrong_is_refused_and_leaves_nothing(
    form, status, code, message, embedded, key_of, stored
):
    answer = await embedded.client.post(URL, headers=await key_of(embedded), **form)
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (status, code, status), body
    assert message in (None, body["message"])
    assert await stored(embedded) == []


@pytest.mark.parametrize("more_settings", [{"UPLOAD_FILE_EXTENSION_BLACKLIST": " .EXE, bat ,"}])
@pytest.mark.parametrize("name", ["setup.exe", "SETUP.EXE", "setup.exe.", "setup.exe . .", "run.bat"])
async def test_a_blocked_extension_is_refused_however_it_is_written(name, embedded, key_of, stored):
    files = {"file": (name, b"x", "text/plain")}
    answer = await embedded.client.post(URL, headers=await key_of(embedded), files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
    assert "is not allowed for security reasons" in answer.json()["message"]
    assert await stored(embedded) == []


LIMITS = {
    "UPLOAD_FILE_SIZE_LIMIT": 1,
    "UPLOAD_IMAGE_FILE_SIZE_LIMIT": 2,
    "UPLOAD_AUDIO_FILE_SIZE_LIMIT": 3,
    "UPLOAD_VIDEO_FILE_SIZE_LIMIT": 4,
}


@pytest.mark.parametrize("more_settings", [LIMITS])
@pytest.mark.parametrize(("name", "megabytes"), [("a.pdf", 1), ("a.bin", 1), ("a.PNG", 2), ("a.mp3", 3), ("a.mp4", 4)])
async def test_the_extension_chooses_the_limit(name, megabytes, embedded, key_of, stored):
    headers, limit = await key_of(embedded), megabytes << 20
    whole = await embedded.client.post(URL, headers=headers, files={"file": (name, b"x" * limit, "video/mp4")})
    assert (whole.status_code, whole.json()["size"]) == (201, limit)
    over = await embedded.client.post(URL, headers=headers, files={"file": (name, b"x" * (limit + 1), "video/mp4")})
    assert (over.status_code, over.json()["code"]) == (413, "file_too_large")
    assert len(await stored(embedded)) == 1


@pytest.mark.parametrize("more_settings", [LIMITS])
async def test_a_body_over_every_limit_is_too_large_a_file_too(embedded, key_of, stored):
    files = {"file": ("a.mp4", b"x" * (6 << 20), "video/mp4")}
    answer = await embedded.client.post(URL, headers=await key_of(embedded), files=files)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert await stored(embedded) == []


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("text/plain", b"hello", "no_file_uploaded"),
        ("multipart/form-data", b"--b--\r\n", "no_file_uploaded"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", "no_file_uploaded"),
        ("multipart/form-data; boundary=b", b"nothing of the kind", "bad_request"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", "bad_request"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: a/b\r\n\r\nhalf',
            "bad_request",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="user"\r\n\r\n' + b"x" * 70_000 + b"\r\n--b--\r\n",
            "bad_request",
        ),
    ],
)
async def test_a_body_that_is_no_form_is_refused(content_type, body, code, embedded, key_of, stored):
    headers = await key_of(embedded) | {"Content-Type": content_type}
    answer = await embedded.client.post(URL, headers=headers, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    assert await stored(embedded) == []


async def test_a_form_of_thousands_of_parts_is_refused(embedded, key_of):
    parts = [("x", ("", b"1")) for _ in range(2000)]
    answer = await embedded.client.post(URL, headers=await key_of(embedded), data={"user": "b"}, files=parts)
    assert answer.status_code == 413


async def test_without_an_app_s_key_nothing_is_taken(embedded, key_of, stored):
    files = {"file": ("a.txt", b"x", "text/plain")}
    without = await embedded.client.post(URL, files=files)
    dataset = await embedded.client.post(URL, files=files, headers=await key_of(embedded, KeyType.DATASET))
    assert [answer.status_code for answer in (without, dataset)] == [401, 401]
    assert await stored(embedded) == []


async def test_a_bomb_is_stored_as_the_bytes_it_is(embedded, key_of, tenant_of):
    import gzip

    bomb = gzip.compress(b"\0" * 10_000_000)
    files = {"file": ("bomb.zip", bomb, "application/zip")}
    body = (await embedded.client.post(URL, headers=await key_of(embedded), files=files)).json()
    service = await embedded.services.get(Files)
    file = await service.get(body["id"], tenant_id=(await tenant_of(embedded)).id)
    assert b"".join([piece async for piece in await service.open(file)]) == bomb
