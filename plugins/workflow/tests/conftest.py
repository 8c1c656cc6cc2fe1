"""The kit of scripted nodes, as a fixture."""

import importlib.util
import sys
from pathlib import Path

import pytest

_NAME = "dify_workflow_tests_kit"


def _load():
    if _NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).with_name("kit.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[_NAME] = module
        spec.loader.exec_module(module)
    return sys.modules[_NAME]


@pytest.fixture
def kit():
    """Graphs of scripted nodes, and what runs of them tell."""
    return _load().Kit()


@pytest.fixture
def kit_factory():
    """As many kits as a test that draws its examples needs."""
    return _load().Kit
