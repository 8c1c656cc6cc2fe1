"""The group `files`: what signed links open, and nothing else."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from dify_files import Files
from dify_runtime_sdk.secrets import UrlSigner
from dify_runtime_sdk.storage import Storage

UNKNOWN = "99999999-9999-4999-8999-999999999999"


def path_of(url):
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == "http://files.test"
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def preview(upload, foreign):
    """Upload a file, and give it with the path of its link."""

    async def preview(booted, name="a.txt", content=b"hello", mime_type="text/plain", **options):
        file = await upload(booted, foreign, name, content, mime_type)
        return file, path_of((await booted.services.get(Files)).preview_url(file.id, **options))

    return preview


async def test_a_link_brings_the_file(booted, preview):
    file, path = await preview(booted, "grün.txt")
    answer = await booted.client.get(path)
    assert (answer.status_code, answer.content) == (200, b"hello")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Length"] == "5"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Disposition" not in answer.headers
    assert "Accept-Ranges" not in answer.headers
    head = await booted.client.head(path)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "5")
    assert file.name == "grün.txt"


async def test_an_attachment_names_the_file(embedded, preview):
    _, path = await preview(embedded, "grün (1).txt", as_attachment=True)
    answer = await embedded.client.get(path)
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''gr%C3%BCn%20%281%29.txt"
    assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "mime_type"), [("a.html", "text/plain"), ("a.txt", "Text/HTML; charset=utf-8"), ("a.HTM", "image/png")]
)
async def test_a_page_is_always_an_attachment(name, mime_type, embedded, preview):
    _, path = await preview(embedded, name, b"<script>", mime_type)
    answer = await embedded.client.get(path)
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_drawing_runs_no_script(embedded, preview):
    _, path = await preview(embedded, "a.svg", b"<svg/>", "image/svg+xml")
    assert (await embedded.client.get(path)).headers["Content-Security-Policy"] == "sandbox"


def forgeries(path):
    """A link with each of its parts altered or taken away."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query))
    later = str(int(query["timestamp"]) + 1)
    for name, value in (("timestamp", later), ("nonce", "0" * 32), ("sign", "A" * 43 + "="), ("nonce", "x|y")):
        yield parts.path, query | {name: value}
    yield parts.path.replace(parts.path.split("/")[2].split(".")[0], UNKNOWN), query


async def test_a_forged_link_opens_no_upload(embedded, preview):
    _, path = await preview(embedded)
    statuses = [(await embedded.client.get(place, params=query)).status_code for place, query in forgeries(path)]
    assert statuses == [404] * 5
    bare = await embedded.client.get(urlsplit(path).path)
    assert (bare.status_code, bare.json()["code"]) == (400, "invalid_param")


async def test_a_link_opens_no_file_of_another_kind(embedded, preview, tool_file, foreign):
    file, path = await preview(embedded)
    made = await tool_file(embedded, foreign, "a.txt", b"made", None)
    service = await embedded.services.get(Files)
    tool_path = path_of(service.tool_file_url(made.id, "txt"))
    swapped = [
        path.replace("file-preview", "image-preview"),
        tool_path.replace(f"tools/{made.id}.txt", f"{made.id}/file-preview"),
        path.replace(f"{file.id}/file-preview", f"tools/{file.id}.txt"),
    ]
    assert [(await embedded.client.get(each)).status_code for each in swapped] == [404, 404, 415]


@pytest.mark.parametrize("more_settings", [{"FILES_ACCESS_TIMEOUT": 300}])
async def test_an_expired_link_opens_nothing(embedded, preview, tool_file, foreign, monkeypatch):
    _, path = await preview(embedded)
    made = await tool_file(embedded, foreign, "a.txt", b"made", None)
    tool_path = path_of((await embedded.services.get(Files)).tool_file_url(made.id, "txt"))
    assert [(await embedded.client.get(each)).status_code for each in (path, tool_path)] == [200, 200]
    signer = await embedded.services.get(UrlSigner)
    now = signer._clock
    monkeypatch.setattr(signer, "_clock", lambda: now() + 302)
    assert [(await embedded.client.get(each)).status_code for each in (path, tool_path)] == [404, 403]


async def test_a_file_that_the_storage_lost_is_not_found(embedded, preview):
    file, path = await preview(embedded)
    await (await embedded.services.get(Storage)).delete(file.key)
    answer = await embedded.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


@pytest.mark.parametrize("more_settings", [{"STORAGE_TYPE": "flaky"}])
async def test_while_the_storage_is_away_links_answer_503(embedded, preview):
    _, path = await preview(embedded)
    (await embedded.services.get(Storage)).away = True
    answer = await embedded.client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


async def test_the_older_link_opens_images_alone(embedded, upload, foreign):
    signer = await embedded.services.get(UrlSigner)
    image = await upload(embedded, foreign, "a.png", b"png", "image/png")
    text = await upload(embedded, foreign, "a.txt")
    answers = []
    for file_id in (image.id, text.id, UNKNOWN):
        query = signer.sign(f"image-preview|{file_id}")
        answers.append(await embedded.client.get(f"/files/{file_id}/image-preview", params=query))
    assert [answer.status_code for answer in answers] == [200, 415, 404]
    assert answers[0].content == b"png"
    query = signer.sign(f"file-preview|{image.id}")
    assert (await embedded.client.get(f"/files/{image.id}/image-preview", params=query)).status_code == 404


async def test_a_link_brings_a_tool_s_file(booted, tool_file, foreign):
    made = await tool_file(booted, foreign, "chart.png", b"png", "image/png")
    service = await booted.services.get(Files)
    path = path_of(service.tool_file_url(made.id, ".png"))
    assert path.startswith(f"/files/tools/{made.id}.png?")
    answer = await booted.client.get(path)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"png", "image/png")
    attached = await booted.client.get(f"{path}&as_attachment=true")
    assert attached.headers["Content-Disposition"] == "attachment; filename*=UTF-8''chart.png"


async def test_a_forged_link_opens_no_tool_s_file(embedded, tool_file, foreign):
    made = await tool_file(embedded, foreign, "a.txt", b"made", None)
    path = path_of((await embedded.services.get(Files)).tool_file_url(made.id, "txt"))
    place, query = next(forgeries(path))
    answer = await embedded.client.get(place, params=query)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    signed = (await embedded.services.get(UrlSigner)).sign(f"file-preview|{UNKNOWN}")
    missing = await embedded.client.get(f"/files/tools/{UNKNOWN}.txt", params=signed)
    assert (missing.status_code, missing.json()["code"]) == (415, "unsupported_file_type")


@pytest.mark.parametrize(
    ("more_settings", "public", "internal"),
    [
        ({"FILES_URL": None}, "/files/", "/files/"),
        ({"FILES_URL": None, "CONSOLE_API_URL": "http://api.test"}, "http://api.test/files/", "http://api.test/files/"),
        ({"INTERNAL_FILES_URL": "http://in.test/"}, "http://files.test/files/", "http://in.test/files/"),
    ],
)
async def test_links_begin_with_the_addresses_that_are_set(public, internal, embedded):
    service = await embedded.services.get(Files)
    assert service.preview_url(UNKNOWN).startswith(f"{public}{UNKNOWN}/file-preview?")
    assert service.preview_url(UNKNOWN, internal=True).startswith(f"{internal}{UNKNOWN}/file-preview?")
    assert service.tool_file_url(UNKNOWN, "png", internal=True).startswith(f"{internal}tools/{UNKNOWN}.png?")
