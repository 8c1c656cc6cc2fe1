"""Executors and renderers with limits that suit tests."""

import pytest
import pytest_asyncio

from dify_sandbox.interpreter.executor import InterpreterExecutor
from dify_sandbox.local.executor import LocalExecutor
from dify_sandbox.settings import CodeLimits, LocalSettings
from dify_sandbox.templates.renderer import Renderer

LIMITS = {"CODE_SANDBOX_TIMEOUT": 3, "CODE_SANDBOX_MEMORY": 128}


@pytest_asyncio.fixture
async def local():
    async with LocalExecutor(LocalSettings(**LIMITS)) as executor:
        yield executor


@pytest_asyncio.fixture
async def interpreter():
    async with InterpreterExecutor(CodeLimits(**LIMITS)) as executor:
        yield executor


@pytest_asyncio.fixture
async def renderer():
    async with Renderer(400_000, 2) as renderer:
        yield renderer


@pytest.fixture
def run(local):
    """Run Python on the back end `local`."""
    from dify_runtime_sdk.code import CodeCall, CodeLanguage

    async def run(source, **inputs):
        return await local.run(CodeCall(CodeLanguage.PYTHON3, source, inputs))

    return run


@pytest.fixture
def run_javascript(local):
    """Run JavaScript on the back end `local`."""
    from dify_runtime_sdk.code import CodeCall, CodeLanguage

    async def run(source, **inputs):
        return await local.run(CodeCall(CodeLanguage.JAVASCRIPT, source, inputs))

    return run
