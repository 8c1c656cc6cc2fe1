"""The back end `interpreter`, beyond the contract."""

import importlib.util

import pytest

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLanguage, CodeLimitError, CodeRefusedError
from dify_sandbox.interpreter.executor import InterpreterExecutor
from dify_sandbox.settings import CodeLimits

PYTHON, JAVASCRIPT = CodeLanguage.PYTHON3, CodeLanguage.JAVASCRIPT


@pytest.mark.parametrize("language", [PYTHON, JAVASCRIPT])
async def test_an_endless_loop_is_a_limit_of_time(language):
    source = {PYTHON: "def main():\n    while True:\n        pass", JAVASCRIPT: "function main() { for (;;); }"}
    async with InterpreterExecutor(CodeLimits(CODE_SANDBOX_TIMEOUT=0.3)) as executor:
        with pytest.raises(CodeLimitError, match="CODE_SANDBOX_TIMEOUT"):
            await executor.run(CodeCall(language, source[language], {}))


@pytest.mark.parametrize("language", [PYTHON, JAVASCRIPT])
async def test_taking_memory_is_a_limit_of_memory(interpreter, language):
    source = {
        PYTHON: "def main():\n    kept = []\n    while True:\n        kept.append('x' * 1_000_000 + str(len(kept)))",
        JAVASCRIPT: "function main() { const kept = []; for (;;) kept.push('x'.repeat(1e6) + kept.length) }",
    }
    with pytest.raises(CodeLimitError, match="CODE_SANDBOX_MEMORY"):
        await interpreter.run(CodeCall(language, source[language], {}))


@pytest.mark.parametrize(
    ("language", "source"),
    [
        (PYTHON, "import subprocess\ndef main():\n    return {'x': 1}"),
        (PYTHON, "def main():\n    return {'x': open('/etc/passwd').read()}"),
        (JAVASCRIPT, "function main() { return {x: require('fs')} }"),
        (JAVASCRIPT, "function main() { return {x: process.pid} }"),
    ],
)
async def test_there_is_no_way_out(interpreter, language, source):
    with pytest.raises(CodeExecutionError):
        await interpreter.run(CodeCall(language, source, {}))


@pytest.mark.parametrize(("language", "distribution"), [(PYTHON, "pydantic-monty"), (JAVASCRIPT, "quickjs-ng")])
async def test_without_the_interpreter_the_code_is_refused(interpreter, monkeypatch, language, distribution):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CodeRefusedError, match=rf"needs {distribution}.*CODE_EXECUTION_BACKEND"):
        await interpreter.run(CodeCall(language, "", {}))


async def test_a_promise_is_waited_for(interpreter):
    source = "async function main({x}) { return await Promise.resolve({x}) }"
    assert await interpreter.run(CodeCall(JAVASCRIPT, source, {"x": 1})) == {"x": 1}
