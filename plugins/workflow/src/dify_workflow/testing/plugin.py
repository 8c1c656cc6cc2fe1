"""The pytest plugin of this package; pytest loads it in every project of the environment, so it is light."""

from importlib.util import find_spec

import pytest

if find_spec("pytest_asyncio") is not None:
    from .fixtures import workflow, workflow_plugins, workflow_settings

    __all__ = ["workflow", "workflow_plugins", "workflow_settings"]
else:

    @pytest.fixture
    def workflow() -> None:
        """Say what is missing: the real fixture needs pytest-asyncio."""
        pytest.fail("the fixture `workflow` needs pytest-asyncio: pip install 'dify-runtime-workflow[testing]'")
