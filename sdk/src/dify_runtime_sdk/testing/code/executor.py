"""The conformance suite of code executors."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Final

import pytest

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeExecutor, CodeLanguage, CodeLimitError

from .sources import (
    BROKEN,
    CALLING,
    ECHO,
    ENDLESS,
    ENVIRONMENT,
    GREEDY,
    JAVASCRIPT,
    LEAVING,
    LONG,
    LOUD,
    PYTHON,
    READING,
    VALUES,
)

BOTH: Final = pytest.mark.parametrize("language", [PYTHON, JAVASCRIPT], ids=["python", "javascript"])


class CodeExecutorSuite:
    """What every `CodeExecutor` must do; subclass it in a test module and pytest runs it.

        class TestMyExecutor(CodeExecutorSuite):
            \"\"\"My executor keeps the contract.\"\"\"

    It asks for one fixture, which you define in the class, in the module or in `conftest.py`: `executor`, ready to run
    both languages, with a limit of time of a few seconds at most. Close it in the fixture. The suite needs
    `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    @BOTH
    @pytest.mark.parametrize("value", VALUES, ids=repr)
    async def test_values_come_back_as_they_were(
        self, executor: CodeExecutor, language: CodeLanguage, value: Any
    ) -> None:
        """JSON goes in, and the same comes out."""
        assert await executor.run(CodeCall(language, ECHO[language], {"value": value})) == {"value": value}

    @BOTH
    async def test_a_large_value_comes_back(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """A megabyte is nothing unusual."""
        text = "0123456789abcdef" * (1 << 16)
        assert await executor.run(CodeCall(language, ECHO[language], {"value": text})) == {"value": text}

    @BOTH
    async def test_scientific_notation_becomes_a_number(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """A quirk of Dify's wire, at any depth and in nothing else."""
        value = ["1e+5", {"a": "-2.5e-3"}, "1e5", "x1e+5"]
        found = await executor.run(CodeCall(language, ECHO[language], {"value": value}))
        assert found == {"value": [100000.0, {"a": -0.0025}, "1e5", "x1e+5"]}

    @BOTH
    @pytest.mark.parametrize("number", range(7))
    async def test_code_without_a_result_is_an_error(
        self, executor: CodeExecutor, language: CodeLanguage, number: int
    ) -> None:
        """Whatever is wrong with the code is `CodeExecutionError`."""
        source = list(BROKEN[language].values())[number]
        with pytest.raises(CodeExecutionError):
            await executor.run(CodeCall(language, source, {}))

    @BOTH
    async def test_what_the_code_raised_is_in_the_error(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """The author learns the reason."""
        with pytest.raises(CodeExecutionError, match="the reason is here"):
            await executor.run(CodeCall(language, BROKEN[language]["an exception"], {}))

    async def test_inputs_that_are_not_json_are_an_error(self, executor: CodeExecutor) -> None:
        """And no crash."""
        with pytest.raises(CodeExecutionError):
            await executor.run(CodeCall(PYTHON, ECHO[PYTHON], {"value": object()}))

    @BOTH
    async def test_an_endless_loop_is_ended(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """By the limit of time, and the next call works."""
        with pytest.raises(CodeLimitError):
            await executor.run(CodeCall(language, ENDLESS[language], {}))
        await self._works(executor, language)

    @BOTH
    async def test_taking_all_memory_is_an_error(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """Of the code, and of nothing else on the machine."""
        with pytest.raises((CodeLimitError, CodeExecutionError)):
            await executor.run(CodeCall(language, GREEDY[language], {}))
        await self._works(executor, language)

    @BOTH
    async def test_printing_without_end_does_no_harm(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """What is printed is nobody's result: it is dropped, or the code is ended."""
        with contextlib.suppress(CodeLimitError, CodeExecutionError):
            assert await executor.run(CodeCall(language, LOUD[language], {})) == {"done": True}
        await self._works(executor, language)

    @BOTH
    async def test_a_result_that_is_too_long_is_an_error(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """A hundred megabytes do not reach the caller."""
        with pytest.raises((CodeLimitError, CodeExecutionError)):
            await executor.run(CodeCall(language, LONG[language], {}))
        await self._works(executor, language)

    @BOTH
    async def test_nothing_is_left_for_the_next_call(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """Calls share no state; code that cannot even try has failed."""
        for _ in range(3):
            try:
                assert await executor.run(CodeCall(language, LEAVING[language], {})) == {"was": None}
            except CodeExecutionError:
                assert language is PYTHON  # an interpreter without such modules; JavaScript always has globalThis

    @BOTH
    async def test_files_of_the_host_cannot_be_read(
        self, executor: CodeExecutor, language: CodeLanguage, tmp_path: Path
    ) -> None:
        """Not even those that everybody may read."""
        secret = tmp_path / "secret.txt"
        secret.write_text("a secret of the host")
        with pytest.raises(CodeExecutionError):
            await executor.run(CodeCall(language, READING[language], {"path": str(secret)}))

    @BOTH
    async def test_the_environment_of_the_host_cannot_be_read(
        self, executor: CodeExecutor, language: CodeLanguage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It holds secrets."""
        monkeypatch.setenv("SECRET_OF_THE_HOST", "a secret of the host")
        try:
            found = await executor.run(CodeCall(language, ENVIRONMENT[language], {}))
        except CodeExecutionError:
            return
        assert "SECRET_OF_THE_HOST" not in found

    @BOTH
    async def test_servers_of_the_host_cannot_be_reached(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """Loopback of the host is not loopback of the code."""
        reached = asyncio.Event()

        def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.set()
            writer.close()

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with contextlib.suppress(CodeExecutionError):
                assert await executor.run(CodeCall(language, CALLING[language], {"port": port})) == {"reached": 0}
            await self._works(executor, language)
        assert not reached.is_set()

    @BOTH
    async def test_calls_at_once_do_not_meet(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """Each gets its own result."""
        calls = [executor.run(CodeCall(language, ECHO[language], {"value": number})) for number in range(12)]
        assert await asyncio.gather(*calls) == [{"value": number} for number in range(12)]

    @BOTH
    async def test_a_cancelled_call_ends(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        """And gives its place to others."""
        running = [asyncio.create_task(executor.run(CodeCall(language, ENDLESS[language], {}))) for _ in range(8)]
        await asyncio.sleep(0.05)  # into the calls, not only up to them
        for one in running:
            one.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*running, return_exceptions=True)
        )
        await self._works(executor, language)

    async def _works(self, executor: CodeExecutor, language: CodeLanguage) -> None:
        assert await executor.run(CodeCall(language, ECHO[language], {"value": 1})) == {"value": 1}
