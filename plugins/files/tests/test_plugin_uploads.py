"""Uploads of plugins, and logos of workspaces."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import update

from dify_accounts.tables import TENANTS
from dify_database import Database
from dify_files import ToolFiles

USER = "55555555-5555-4555-8555-555555555555"
WHO = {"filename": "chart.png", "mime_type": "image/png", "user_id": USER}


@pytest.fixture
def target(foreign):
    """The path to which one file may be uploaded."""

    async def target(booted, **changes):
        url = urlsplit((await booted.services.get(ToolFiles)).upload_url(**(WHO | {"tenant_id": foreign} | changes)))
        return url.path, dict(parse_qsl(url.query))

    return target


async def test_a_plugin_uploads_the_file_it_announced(booted, target, foreign, stored):
    path, query = await target(booted)
    answer = await booted.client.post(path, params=query, files={"file": ("chart.png", b"png", "image/png")})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    preview = urlsplit(body.pop("preview_url"))
    assert body == {
        "id": body["id"],
        "name": "chart.png",
        "size": 3,
        "extension": ".png",
        "mime_type": "image/png",
        "created_by": None,
        "created_at": None,
        "source_url": None,
        "original_url": None,
        "user_id": USER,
        "tenant_id": foreign,
        "conversation_id": None,
        "file_key": body["file_key"],
    }
    assert await stored(booted) == [body["file_key"]]
    assert (await booted.client.get(f"{preview.path}?{preview.query}")).content == b"png"


@pytest.mark.parametrize(
    ("change", "files"),
    [
        ({}, {"file": ("other.png", b"png", "image/png")}),
        ({}, {"file": ("chart.png", b"png", "text/html")}),
        ({}, {"other": ("chart.png", b"png", "image/png")}),
        ({}, None),
        ({"tenant_id": "66666666-6666-4666-8666-666666666666"}, {"file": ("chart.png", b"png", "image/png")}),
        ({"user_id": "66666666-6666-4666-8666-666666666666"}, {"file": ("chart.png", b"png", "image/png")}),
        ({"nonce": "0" * 32}, {"file": ("chart.png", b"png", "image/png")}),
        ({"sign": "x"}, {"file": ("chart.png", b"png", "image/png")}),
    ],
)
async def test_anything_else_is_forbidden_and_leaves_nothing(change, files, embedded, target, stored):
    path, query = await target(embedded)
    answer = await embedded.client.post(path, params=query | change, files=files)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await stored(embedded) == []


@pytest.mark.parametrize(
    "more_settings",
    [
        {
            "UPLOAD_FILE_SIZE_LIMIT": 1,
            "UPLOAD_IMAGE_FILE_SIZE_LIMIT": 1,
            "UPLOAD_AUDIO_FILE_SIZE_LIMIT": 1,
            "UPLOAD_VIDEO_FILE_SIZE_LIMIT": 1,
        }
    ],
)
async def test_a_plugin_s_file_has_a_limit_too(embedded, target, stored):
    path, query = await target(embedded)
    files = {"file": ("chart.png", b"x" * ((1 << 20) + 1), "image/png")}
    answer = await embedded.client.post(path, params=query, files=files)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert await stored(embedded) == []


async def set_logo(booted, tenant_id, config):
    statement = update(TENANTS).where(TENANTS.c.id == tenant_id).values(custom_config=config)
    await (await booted.services.get(Database)).write(lambda session: session.execute(statement))


async def test_a_workspace_s_logo_is_public(booted, tenant_of, upload):
    tenant = await tenant_of(booted)
    logo = await upload(booted, tenant.id, "logo.png", b"png", "image/png")
    await set_logo(booted, tenant.id, json.dumps({"replace_webapp_logo": logo.id}))
    answer = await booted.client.get(f"/files/workspaces/{tenant.id}/webapp-logo")
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"png", "image/png")


async def test_nothing_but_an_image_of_its_own_is_a_workspace_s_logo(booted, tenant_of, upload, foreign):
    tenant = await tenant_of(booted)
    another_s = await upload(booted, foreign, "logo.png", b"png", "image/png")
    text = await upload(booted, tenant.id, "note.txt")
    configs = [None, "", "no json", "[]", "{}", '{"replace_webapp_logo": "x"}']
    configs += [json.dumps({"replace_webapp_logo": file.id}) for file in (another_s, text)]
    statuses = []
    for config in configs:
        await set_logo(booted, tenant.id, config)
        statuses.append((await booted.client.get(f"/files/workspaces/{tenant.id}/webapp-logo")).status_code)
    assert statuses == [404] * len(configs)
    assert (await booted.client.get(f"/files/workspaces/{foreign}/webapp-logo")).status_code == 404
