import asyncio
import json

import pytest
from click.testing import CliRunner

from dify_foundation.commands.health import health
from dify_foundation.commands.plugin import CommandsPlugin
from dify_foundation.commands.probe import ask

CHECK = {"name": "ping", "plugin": "database", "essential": True, "ms": 1.0, "error": "refused"}


def report(status):
    return {"status": status, "checks": [CHECK, CHECK | {"error": None}], "failed_plugins": {"mail": "no server"}}


@pytest.fixture
def server(loopback):
    """A server that answers every request with these bytes."""

    async def server(status, body, *, repeat=1):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        seen = []

        async def handle(reader, writer):
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + content)
            await writer.drain()

        url = await loopback(handle)
        return url, seen

    return server


async def run(*arguments):
    return await asyncio.to_thread(CliRunner().invoke, health, list(arguments))


@pytest.mark.parametrize(
    ("status", "code", "exit_code"), [("ready", 200, 0), ("degraded", 200, 0), ("not_ready", 503, 1)]
)
async def test_the_exit_status_says_whether_to_send_traffic(server, status, code, exit_code):
    url, seen = await server(code, report(status))
    result = await run("--url", url)
    assert result.exit_code == exit_code
    assert result.output.splitlines() == [
        status,
        "- check ping of plugin database: refused",
        "- plugin mail: no server",
    ]
    assert seen[0].startswith(b"GET /health/ready HTTP/1.1\r\n")


async def test_json_is_the_servers_own_report(server):
    url, _ = await server(503, report("not_ready"))
    result = await run("--url", f"{url}/", "--json")
    assert (json.loads(result.output), result.exit_code) == (report("not_ready"), 1)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"oops", "the server answered 500"),
        (404, b"", "the server answered 404"),
        (200, b"<html>", "not a readiness report"),
        (200, b"[]", "not a readiness report"),
        (200, b'{"status": 1}', "not a readiness report"),
        (503, b"\xff", "not a readiness report"),
    ],
)
async def test_an_answer_that_is_no_report_is_a_failure_with_a_reason(server, status, body, reason):
    url, _ = await server(status, body)
    result = await run("--url", url, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["status"] == "unreachable"
    assert reason in json.loads(result.output)["error"]


async def test_no_server_is_a_failure_with_a_reason(loopback):
    async def refuse(reader, writer):
        return None

    url = await loopback(refuse)
    assert (await run("--url", url)).output.startswith("unreachable: ")
    result = await run("--url", "http://127.0.0.1:1")
    assert (result.exit_code, "refused" in result.output) == (1, True)


async def test_a_server_that_drips_does_not_hold_the_command_for_ever(loopback):
    ended = asyncio.Event()

    async def drip(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not ended.is_set():
            writer.write(b" ")
            await asyncio.sleep(0.02)

    url = await loopback(drip)
    result = await run("--url", url, "--timeout", "0.3")
    ended.set()
    assert (result.exit_code, result.output) == (1, "unreachable: no answer within 0.3 s\n")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host", "127.0.0.1:5001"])
def test_only_web_addresses_are_asked(url):
    answer = ask(url, 1)
    assert (answer.healthy, answer.error) == (False, "the URL must begin with http:// or https://")


async def test_a_proxy_of_the_environment_does_not_stand_between(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    url, _ = await server(200, report("ready"))
    assert (await run("--url", url)).exit_code == 0


def test_the_command_is_contributed_by_name():
    (command,) = CommandsPlugin().commands()
    module, _, attribute = command.target.partition(":")
    assert (command.name, module, attribute) == ("health", health.callback.__module__, health.callback.__name__)
