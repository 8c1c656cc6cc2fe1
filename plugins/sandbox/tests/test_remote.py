"""The back end `remote` against a real server, and what it makes of a service that fails."""

import asyncio
import base64
import json
import socket
import ssl
from types import SimpleNamespace

import pytest
import pytest_asyncio
import trustme

from dify_egress.plugin import EgressPlugin
from dify_runtime_sdk.code import (
    CodeCall,
    CodeExecutionError,
    CodeExecutor,
    CodeLanguage,
    CodeLimitError,
    CodeRefusedError,
)
from dify_runtime_sdk.testing.code import CodeExecutorSuite
from dify_sandbox.plugin import SandboxPlugin
from dify_sandbox.remote.plugin import SandboxRemotePlugin

from .sandbox_service import KEY, SandboxService

PLUGINS = {"egress": EgressPlugin, "sandbox": SandboxPlugin, "sandbox-remote": SandboxRemotePlugin}
CALL = CodeCall(CodeLanguage.PYTHON3, "def main(a):\n    return {'a': a}", {"a": "ä"})


def ran(**data):
    return 200, {"code": 0, "message": "success", "data": {"stdout": "", "error": "", **data}}


@pytest_asyncio.fixture
async def executor_of(runtime):
    async def executor_of(service, **settings):
        given = {"CODE_EXECUTION_ENDPOINT": service.url, "CODE_EXECUTION_API_KEY": KEY, **settings}
        booted = await runtime(PLUGINS, environ={name: str(value) for name, value in given.items()})
        return await booted.services.get(CodeExecutor)

    return executor_of


class TestRemote(CodeExecutorSuite):
    @pytest_asyncio.fixture
    async def executor(self, executor_of):
        async with SandboxService() as service:
            yield await executor_of(service, CODE_SANDBOX_OUTPUT=4_000_000)


async def test_the_request_is_what_the_service_takes(executor_of):
    async with SandboxService(ran(stdout='noise<<RESULT>>{"a": 1}<<RESULT>>noise')) as service:
        executor = await executor_of(service)
        assert await executor.run(CALL) == {"a": 1}
        (order,) = service.requests
        assert service.heads[0].startswith("post /v1/sandbox/run ")
        assert f"x-api-key: {KEY}" in service.heads[0]
        assert "content-type: application/json\r\n" in service.heads[0]
    assert order.keys() == {"language", "code", "preload", "enable_network"}
    assert (order["language"], order["preload"], order["enable_network"]) == ("python3", "", True)
    assert order["code"].startswith(CALL.source)
    assert base64.b64encode('{"a": "ä"}'.encode()).decode() in order["code"]


async def test_javascript_is_called_nodejs(executor_of):
    async with SandboxService(ran(stdout="<<RESULT>>{}<<RESULT>>")) as service:
        await (await executor_of(service)).run(CodeCall(CodeLanguage.JAVASCRIPT, "function main() {}", {}))
        assert service.requests[0]["language"] == "nodejs"


async def test_the_placeholder_of_the_inputs_is_replaced_in_the_code_too(executor_of):
    async with SandboxService(ran(stdout="<<RESULT>>{}<<RESULT>>")) as service:
        call = CodeCall(CodeLanguage.PYTHON3, "TEXT = '{{inputs}}'\ndef main():\n    return {}", {})
        await (await executor_of(service)).run(call)
        assert "{{inputs}}" not in service.requests[0]["code"]
        assert service.requests[0]["code"].startswith(f"TEXT = '{base64.b64encode(b'{}').decode()}'")


async def test_the_result_is_all_between_the_first_mark_and_the_last(executor_of):
    printed = '<<RESULT>>{"text": "a\\n<<RESULT>>\\nb",\n"n": "1e+3"}<<RESULT>>\n'
    async with SandboxService(ran(stdout=printed)) as service:
        assert await (await executor_of(service)).run(CALL) == {"text": "a\n<<RESULT>>\nb", "n": 1000.0}


@pytest.mark.parametrize("printed", ["", "nothing", "<<RESULT>>", "<<RESULT>>[1]<<RESULT>>", "<<RESULT>>{<<RESULT>>"])
async def test_no_object_between_marks_is_an_error_of_the_code(executor_of, printed):
    async with SandboxService(ran(stdout=printed)) as service:
        with pytest.raises(CodeExecutionError):
            await (await executor_of(service)).run(CALL)


async def test_what_the_code_raised_comes_from_the_service(executor_of):
    async with SandboxService(ran(error="process exited with code 1\nValueError: no")) as service:
        with pytest.raises(CodeExecutionError, match="ValueError: no"):
            await (await executor_of(service)).run(CALL)


@pytest.mark.parametrize("error", ["timeout", "process exited with code -1\nerror: timeout"])
async def test_a_timeout_of_the_service_is_a_limit(executor_of, error):
    async with SandboxService(ran(error=error)) as service:
        with pytest.raises(CodeLimitError, match="timeout"):
            await (await executor_of(service)).run(CALL)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((401, b""), "CODE_EXECUTION_API_KEY"),
        ((503, {"code": -503, "message": "too many requests", "data": None}), "busy"),
        ((200, {"code": -429, "message": "no user", "data": None}), "busy"),
        ((200, {"code": -400, "message": "bad request", "data": None}), "-400: bad request"),
        ((400, {"code": -400, "message": "unsupported language", "data": None}), "status 400"),
        ((500, b"oops"), "status 500"),
        ((200, b"<html>"), "none of the sandbox's"),
        ((200, b"[" * 100_000), "none of the sandbox's"),
        ((200, []), "none of the sandbox's"),
        ((200, {"code": 0, "message": "success", "data": None}), "code 0"),
        ((200, {}), "code None"),
        ((302, b""), "status 302"),
    ],
)
async def test_a_service_that_does_not_run_the_code_refuses_it(executor_of, answer, reason):
    async with SandboxService(answer) as service:
        with pytest.raises(CodeRefusedError, match=reason) as caught:
            await (await executor_of(service)).run(CALL)
        assert KEY not in str(caught.value)
        assert caught.value.hint


async def test_a_service_that_is_away_refuses_the_code(executor_of):
    async with SandboxService() as service:
        pass
    with pytest.raises(CodeRefusedError, match="CODE_EXECUTION_ENDPOINT"):
        await (await executor_of(service)).run(CALL)


async def test_a_service_that_never_answers_is_left(executor_of):
    async with SandboxService((None, None)) as service:
        executor = await executor_of(service, CODE_EXECUTION_READ_TIMEOUT=0.2)
        with pytest.raises(CodeRefusedError, match="cannot be reached"):
            await executor.run(CALL)
        await service.gone.wait()


async def test_the_certificate_of_the_service_is_checked_unless_the_settings_say_no(executor_of):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with SandboxService(tls=tls) as service:
        with pytest.raises(CodeRefusedError, match="cannot be reached"):
            await (await executor_of(service)).run(CALL)
        executor = await executor_of(service, CODE_EXECUTION_SSL_VERIFY=False)
        assert await executor.run(CALL) == {"a": "ä"}


@pytest.fixture
def deaf():
    """A service that has no place for a connection more, and reads nothing of the one it has; with that connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.getsockname()[1]}/", address=server.getsockname())


async def test_a_service_that_reads_nothing_is_left(executor_of, deaf):
    executor = await executor_of(deaf, CODE_EXECUTION_WRITE_TIMEOUT=0.2)
    async with asyncio.timeout(9):  # the default of the setting is longer
        with pytest.raises(CodeRefusedError, match="cannot be reached"):
            await executor.run(CodeCall(CodeLanguage.PYTHON3, "", {"a": "x" * (1 << 24)}))


async def test_a_service_that_takes_no_connection_is_left(executor_of, deaf):
    executor = await executor_of(deaf, CODE_EXECUTION_CONNECT_TIMEOUT=0.2)
    async with asyncio.timeout(9):  # the default of the setting is longer
        with socket.create_connection(deaf.address), pytest.raises(CodeRefusedError, match="cannot be reached"):
            await executor.run(CALL)


async def test_a_cancelled_call_closes_its_connection(executor_of):
    async with SandboxService((None, None)) as service:
        running = asyncio.create_task((await executor_of(service)).run(CALL))
        await service.reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await service.gone.wait()


async def test_an_answer_that_is_too_long_is_a_limit(executor_of):
    async with SandboxService(ran(stdout="x" * 200_000)) as service:
        executor = await executor_of(service, CODE_SANDBOX_OUTPUT=10_000)
        with pytest.raises(CodeLimitError, match="CODE_SANDBOX_OUTPUT"):
            await executor.run(CALL)
    async with SandboxService(ran(stdout="x" * 20_000)) as service:
        executor = await executor_of(service, CODE_SANDBOX_OUTPUT=10_000)
        with pytest.raises(CodeLimitError, match="CODE_SANDBOX_OUTPUT"):
            await executor.run(CALL)


async def test_health_is_asked_of_the_service(executor_of):
    async with SandboxService() as service:
        await (await executor_of(service)).check()
        assert service.heads[0].startswith("get /health ")
    async with SandboxService((500, b"")) as service:
        with pytest.raises(CodeRefusedError, match="500"):
            await (await executor_of(service)).check()


async def test_without_the_service_egress_the_code_is_refused(runtime):
    plugins = {name: plugin for name, plugin in PLUGINS.items() if name != "egress"}
    booted = await runtime(plugins, environ={"CODE_EXECUTION_API_KEY": KEY})
    with pytest.raises(CodeRefusedError, match="Egress"):
        await (await booted.services.get(CodeExecutor)).run(CALL)


def test_the_key_is_not_in_the_settings_text():
    from dify_sandbox.settings import RemoteSettings

    settings = RemoteSettings(CODE_EXECUTION_API_KEY=KEY)
    assert KEY not in repr(settings)
    assert KEY not in json.dumps(settings.model_dump(mode="json"))
