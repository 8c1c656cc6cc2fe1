"""Every back end on this machine keeps the contract of executors."""

import pytest

from dify_runtime_sdk.testing.code import CodeExecutorSuite


class TestLocal(CodeExecutorSuite):
    @pytest.fixture
    def executor(self, local):
        return local


class TestInterpreter(CodeExecutorSuite):
    @pytest.fixture
    def executor(self, interpreter):
        return interpreter
