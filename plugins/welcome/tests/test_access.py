"""Who may open the page, and who may run something from it."""

import re

import pytest

from dify_welcome.page.access import is_loopback

REMOTE = {"peer": "10.0.0.9", "host": "http://box.example:5001"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("app.localhost", True),
        ("10.0.0.9", False),
        ("::ffff:10.0.0.9", False),
        ("0.0.0.0", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("", False),
    ],
)
def test_what_is_the_machine_itself(name, expected):
    assert is_loopback(name) is expected


@pytest.mark.parametrize("host", ["http://127.0.0.1:5001", "http://localhost:5001", "http://[::1]:5001"])
async def test_a_browser_on_this_machine_is_admitted(boot, visit, host):
    async with visit(await boot(), host=host) as client:
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("where", "headers"),
    [
        ({"peer": "10.0.0.9"}, {}),
        ({"host": "http://rebound.example:5001"}, {}),
        ({}, {"Host": "[::1"}),
        ({}, {"X-Forwarded-For": "10.0.0.9"}),
        ({}, {"Forwarded": "for=10.0.0.9"}),
        ({}, {"Via": "1.1 proxy"}),
    ],
)
async def test_nobody_else_is(boot, visit, where, headers):
    booted = await boot()
    async with visit(booted, **where) as client:
        page = await client.get("/", headers=headers)
        assert page.status_code == 403
        assert "Help desk" not in page.text
        app = "00000000-0000-4000-8000-000000000000"
        assert (await client.get(f"/try/{app}", headers=headers)).status_code == 403
        assert (await client.post(f"/try/{app}/run", json={}, headers=headers)).status_code == 403
        stop = await client.post(f"/try/{app}/stop", json={"task_id": app}, headers=headers)
        assert stop.status_code == 403


async def test_the_printed_token_opens_a_session_for_one_browser(boot, visit, banner):
    booted = await boot(DIFY_BIND_ADDRESS="0.0.0.0")
    [line] = [line for line in banner(booted) if line.startswith("open:")]
    query = line.partition("{url}/")[2]
    assert re.fullmatch(r"\?token=[\w-]{43}", query)
    async with visit(booted, **REMOTE) as client:
        assert (await client.get("/?token=wrong")).status_code == 403
        opened = await client.get(f"/{query}")
        assert (opened.status_code, opened.headers["location"]) == (303, "/")
        cookie = opened.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert query.partition("=")[2] not in cookie
        assert "Help desk" in (await client.get("/")).text
    async with visit(booted, **REMOTE) as another:
        assert (await another.get("/")).status_code == 403


async def test_the_address_has_no_token_where_only_this_machine_can_ask(boot, banner):
    assert "open:     {url}/" in banner(await boot())


async def test_with_token_everybody_needs_it(boot, visit, banner):
    booted = await boot(WELCOME_PAGE="token")
    [line] = [line for line in banner(booted) if line.startswith("open:")]
    async with visit(booted) as client:
        assert (await client.get("/")).status_code == 403
        await client.get("/" + line.partition("{url}/")[2])
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(("settings", "environ"), [({"WELCOME_PAGE": "off"}, {}), ({}, {"MODE": "api"})])
async def test_without_the_page_the_servers_own_one_is_there(boot, visit, banner, settings, environ):
    booted = await boot(environ=environ, **settings)
    async with visit(booted) as client:
        page = await client.get("/")
        assert "The server is running." in page.text
        assert (await client.get("/welcome/welcome.css")).status_code == 404
    assert not any(line.startswith("open:") for line in banner(booted))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8080"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:5001"},
    ],
)
async def test_pages_of_others_run_nothing(boot, visit, headers):
    async with visit(await boot()) as client:
        app = re.search(r"/try/([0-9a-f-]+)", (await client.get("/")).text)[1]
        refused = await client.post(f"/try/{app}/run", json={"query": "x"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_form_of_another_page_is_no_order(boot, visit):
    async with visit(await boot()) as client:
        app = re.search(r"/try/([0-9a-f-]+)", (await client.get("/")).text)[1]
        refused = await client.post(f"/try/{app}/run", content='{"query": "x"}', headers={"Content-Type": "text/plain"})
        assert refused.status_code == 415
        assert "access-control-allow-origin" not in refused.headers
