"""The generated reference of node types: current, complete, and made of what the schemas say."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from dify_nodes.plugin import NodesPlugin
from dify_runtime_sdk.workflow import Node, NodeConfig, NodeOffer
from dify_workflow import NodeRegistry, WorkflowEngine
from dify_workflow.plugin import WorkflowPlugin
from dify_workflow.reference import render_nodes

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "nodes.md"


async def test_the_page_is_current(runtime):
    booted = await runtime({"workflow": WorkflowPlugin, "nodes": NodesPlugin}, roles=("job",))
    registry = (await booted.services.get(WorkflowEngine)).registry
    text = PAGE.read_text(encoding="utf-8")
    assert render_nodes(registry) == text, "run: python -m dify_workflow.reference docs/reference/nodes.md"
    assert all(f"## {offer.type}" in text for offer in registry.offers())


def test_the_command_writes_the_page(tmp_path):
    line = [sys.executable, "-m", "dify_workflow.reference", str(tmp_path / "nodes.md")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "nodes.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


class Part(BaseModel):
    """A part
    of it."""

    size: int = 3
    inner: "list[Part] | None" = None


class Config(NodeConfig):
    """The `data` of an odd node."""

    parts: dict[str, Part]
    names: list[str] = Field(["a|b"], description="Some | names.")


class Odd(Node[Config]):
    """Does something odd."""

    type = "odd"
    version = "2"
    retryable = True
    config_type = Config

    async def run(self, context):
        raise NotImplementedError


@pytest.fixture
def page():
    return render_nodes(NodeRegistry([NodeOffer("odd", Odd, "2", aliases=("strange",))])).splitlines()


def test_a_section_says_what_the_schema_says(page):
    section = page[page.index("## odd (version 2)") :]
    assert section[2] == "Does something odd."
    assert "| `parts` | object of `Part` | required |  |" in section
    assert '| `names` | list of string | `["a\\|b"]` | Some \\| names. |' in section
    assert section[section.index("### Part") + 2] == "A part of it."
    assert "| `inner` | list of `Part` or null |  |  |" in section
    assert not any("The `data`" in line for line in section)


def test_the_index_names_aliases_and_retries(page):
    assert "| `odd` | 2 | `strange` |  | yes |" in page
