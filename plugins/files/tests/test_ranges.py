"""Players that seek: parts of audio and video files."""

from urllib.parse import urlsplit

import pytest

from dify_files import Files
from dify_files.tables import TOOL_FILES

CONTENT = bytes(range(100))


@pytest.fixture
async def video(embedded, upload, foreign):
    """The path of a link to a video."""
    file = await upload(embedded, foreign, "a.mp4", CONTENT, "video/mp4")
    return urlsplit((await embedded.services.get(Files)).preview_url(file.id))


@pytest.mark.parametrize(
    ("asked", "sent", "described"),
    [
        ("bytes=0-9", CONTENT[:10], "bytes 0-9/100"),
        ("bytes=90-", CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-5", CONTENT[-5:], "bytes 95-99/100"),
        ("bytes=50-1000", CONTENT[50:], "bytes 50-99/100"),
        ("bytes=0-", CONTENT, "bytes 0-99/100"),
    ],
)
async def test_a_part_that_is_asked_for_is_sent_alone(asked, sent, described, embedded, video):
    answer = await embedded.client.get(f"{video.path}?{video.query}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, sent)
    assert answer.headers["Content-Range"] == described
    assert answer.headers["Content-Length"] == str(len(sent))
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "bytes=x", ""])
async def test_what_cannot_be_understood_brings_the_whole(asked, embedded, video):
    answer = await embedded.client.get(f"{video.path}?{video.query}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_part_behind_the_end_is_refused(embedded, video):
    answer = await embedded.client.get(f"{video.path}?{video.query}", headers={"Range": "bytes=100-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */100")


async def test_a_part_of_a_version_brings_the_whole(embedded, video):
    headers = {"Range": "bytes=0-9", "If-Range": '"some version"'}
    assert (await embedded.client.get(f"{video.path}?{video.query}", headers=headers)).status_code == 200


async def test_head_describes_the_part_and_brings_nothing(embedded, video):
    answer = await embedded.client.head(f"{video.path}?{video.query}", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (206, b"", "10")


async def test_other_files_are_always_whole(embedded, upload, foreign):
    file = await upload(embedded, foreign, "a.txt", CONTENT)
    url = urlsplit((await embedded.services.get(Files)).preview_url(file.id))
    answer = await embedded.client.get(f"{url.path}?{url.query}", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert "Accept-Ranges" not in answer.headers


async def test_a_file_of_unknown_size_is_whole_and_announces_none(embedded, tool_file, foreign):
    from sqlalchemy import update

    from dify_database import Database

    made = await tool_file(embedded, foreign, "a.mp4", CONTENT, "video/mp4")
    database = await embedded.services.get(Database)
    await database.write(lambda session: session.execute(update(TOOL_FILES).values(size=-1)))
    url = urlsplit((await embedded.services.get(Files)).tool_file_url(made.id, "mp4"))
    answer = await embedded.client.get(f"{url.path}?{url.query}", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert "Content-Length" not in answer.headers
