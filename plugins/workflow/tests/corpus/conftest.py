"""Real app files: what `DIFY_CORPUS` names; without it these tests are not collected."""

import os

import pytest

collect_ignore = [] if os.environ.get("DIFY_CORPUS") else ["test_fixtures.py", "test_files.py", "test_killed.py"]


@pytest.fixture
def engine(workflow):
    """The engine with the built-in nodes, and with what runs code and templates."""
    return workflow.engine
