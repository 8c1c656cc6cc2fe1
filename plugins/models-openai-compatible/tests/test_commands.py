"""The command `models`, as an operator types it, with a model server on loopback."""

import asyncio
import json
import sys

import pytest

USAGE = {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}
KEY = "sk-0123456789abcdef"


@pytest.fixture
def run(tmp_path, bench):
    async def call(*arguments, ok=True, **settings):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dify_runtime", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=tmp_path,
            env={"DIFY_RUNTIME_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", **settings},
        )
        output, errors = (part.decode() for part in await process.communicate())
        assert (process.returncode == 0) is ok, errors
        assert "Traceback" not in errors
        return output if ok else errors

    return call


async def test_credentials_are_added_used_and_removed(run, bench, chat, say):
    bench.server.says("/v1/chat/completions", say.events(chat("hello", reason="stop", usage=USAGE)))
    bench.server.says("/v1/models", say.error(401, "Incorrect API key provided"), say.as_json({"data": []}))
    await run("db", "upgrade")
    assert "no workspace" in await run("models", "list", ok=False)
    await run("setup", "--email", "ann@example.com", "--name", "Ann", "--password", "correct 1 horse")
    fields = ("--set", f"openai_api_key={KEY}", "--set", f"openai_api_base={bench.server.url}")

    assert "openai_api_key!" in await run("models", "providers")
    assert "not initialized" in await run("models", "test", "openai", "gpt-4o-mini", ok=False)
    assert "Incorrect API key" in await run("models", "add", "openai", *fields, ok=False)
    identifier = (await run("models", "add", "openai", *fields)).split()[1]

    found = json.loads(await run("models", "list", "--type", "llm", "--json"))
    assert {"gpt-4o-mini", "gpt-4o"} <= {one["model"] for one in found}
    answer = await run("models", "test", "openai", "gpt-4o-mini", "--prompt", "hi")
    assert answer.startswith("hello\ngpt-4o-mini of openai: 2 + 1 tokens, ")
    assert answer.endswith("9E-7 USD\n")
    assert bench.server.asked[-1].headers["authorization"] == f"Bearer {KEY}"
    await run("models", "default", "openai", "gpt-4o")
    assert "gpt-4o of langgenius/openai/openai" in await run("models", "test")

    await run("models", "remove", identifier)
    assert "no credentials" in await run("models", "remove", identifier, ok=False)
    assert "gpt-4o" not in await run("models", "list", "--type", "llm")


async def test_settings_are_enough_where_everything_is_in_one_process(run, bench, chat, say):
    bench.server.says("/v1/chat/completions", say.events(chat("hello", reason="stop", usage=USAGE)))
    await run("db", "upgrade")
    await run("setup", "--email", "ann@example.com", "--name", "Ann", "--password", "correct 1 horse")
    given = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{bench.server.url}/v1"}
    assert (await run("models", "test", "openai", "any-name", **given)).startswith("hello")
    assert await run("models", "list", **given) != ""
