"""The pytest plugin that the host registers; pytest loads it in every project of the environment, so it is light."""

from importlib.util import find_spec

import pytest

if find_spec("pytest_asyncio") is not None:
    from .fixtures import runtime
else:

    @pytest.fixture
    def runtime() -> None:
        """Say what is missing: the real fixture needs pytest-asyncio."""
        pytest.fail("the fixture `runtime` needs pytest-asyncio: pip install 'dify-runtime[testing]'", pytrace=False)


__all__ = ["runtime"]
