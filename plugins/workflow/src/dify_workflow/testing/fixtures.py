"""The fixtures of the test kit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from .kit import WorkflowKit

PLUGINS: Final = ("workflow", "nodes", "sandbox", "sandbox-interpreter", "sandbox-local", "extractors")
"""What `workflow` boots, so far as it is installed: node types, and what works without the network."""


@pytest.fixture
def workflow_plugins() -> Mapping[str, Any]:
    """The plugins that `workflow` boots, as classes by name; override it to add yours.

    By default the installed ones that run workflows without the network.
    """
    from importlib.metadata import entry_points  # reads every distribution: only for tests that run workflows

    found = {one.name: one for one in entry_points(group="dify_runtime.plugins")}
    return {name: found[name].load() for name in PLUGINS if name in found}


@pytest.fixture
def workflow_settings() -> Mapping[str, Any]:
    """The settings that `workflow` boots with; override it to give some."""
    return {}


@pytest_asyncio.fixture
async def workflow(
    runtime: Any, workflow_plugins: Mapping[str, Any], workflow_settings: Mapping[str, Any]
) -> "WorkflowKit":
    """Run app files with scripted models, tools and HTTP.

    >>> played = await workflow("app.yml", inputs={"name": "Ada"})

    Takes the fixture `runtime`, which the host brings.
    """
    from ..engine import WorkflowEngine
    from .kit import WorkflowKit

    booted = await runtime(workflow_plugins, roles=("job",), settings=workflow_settings)
    return WorkflowKit(await booted.services.get(WorkflowEngine), booted.services)
