"""Offers of node types: classes imported at their first use, and held against what was offered."""

import subprocess
import sys
from pathlib import Path

import pytest

from dify_runtime_sdk import PluginError
from dify_runtime_sdk.workflow import Node, NodeKind, NodeOffer
from dify_workflow import NodeRegistry

MODULE = """
from dify_runtime_sdk.workflow import Node, NodeResult

class Odd(Node):
    type = "odd"

    def __init__(self, id, config, *, limit=0):
        super().__init__(id, config)
        self.limit = limit

    async def run(self, context):
        return NodeResult()

class Second(Odd):
    version = "2"
"""


@pytest.fixture
def written(tmp_path, monkeypatch, request):
    """Write a module of nodes, and give its name."""

    def write(source):
        name = f"nodes_of_{request.node.name.partition('[')[0]}"
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        return name

    yield write
    sys.modules.pop(f"nodes_of_{request.node.name.partition('[')[0]}", None)


def test_a_class_is_imported_when_it_is_asked_for_and_once(written):
    module = written(MODULE)
    registry = NodeRegistry([NodeOffer("odd", f"{module}:Odd"), NodeOffer("odd", f"{module}:Second", "2")])
    assert [offer.version for offer in registry.offers()] == ["1", "2"]
    assert module not in sys.modules
    assert registry.find("odd", "2").node.__name__ == "Second"
    assert registry.find("odd", "1") is registry.find("odd", "1")


def test_a_class_gets_the_arguments_of_its_offer(written):
    registry = NodeRegistry([NodeOffer("odd", f"{written(MODULE)}:Odd", arguments={"limit": 7})])
    assert registry.find("odd", "1").make("id", None).limit == 7


class Plain(Node):
    type = "plain"


class Container(Plain):
    kind = NodeKind.CONTAINER


@pytest.mark.parametrize(
    ("offer", "fault"),
    [
        (NodeOffer("odd", "no_such_module:Odd"), "'no_such_module:Odd' cannot be imported: ModuleNotFoundError"),
        (NodeOffer("odd", "dify_workflow.errors:Odd"), "cannot be imported: AttributeError"),
        (NodeOffer("odd", "dify_workflow.errors"), "cannot be imported: "),
        (NodeOffer("odd", ""), "cannot be imported: ValueError"),
        (NodeOffer("odd", "dify_workflow.errors:GraphError"), "'dify_workflow.errors:GraphError' is no node class"),
        (NodeOffer("odd", len), "is no node class"),
        (NodeOffer("odd", Container), "Container is of type 'plain' version '1'"),
        (NodeOffer("plain", Container, "2"), "Container is of type 'plain' version '1'"),
        (NodeOffer("plain", Plain), "Plain has no method `run`"),
    ],
)
def test_a_class_that_is_not_what_was_offered_is_the_plugins_fault(offer, fault):
    registry = NodeRegistry()
    registry.add(offer, owner="odd-plugin")
    with pytest.raises(PluginError, match="odd-plugin") as raised:
        registry.find(offer.type, offer.version)
    assert fault in raised.value.message
    assert f"node type {offer.type!r} version {offer.version!r}" in raised.value.message


def test_a_module_that_raises_is_the_plugins_fault_and_no_problem_of_the_graph(written, kit):
    kit.registry.add(NodeOffer("odd", f"{written('raise OSError(5)')}:Odd"), owner="odd-plugin")
    with pytest.raises(PluginError, match=r"odd-plugin.*OSError"):
        kit.graph({"odd": {"type": "odd"}}, "start > odd")


def test_a_container_needs_no_method_run():
    assert NodeRegistry([NodeOffer("plain", Container)]).find("plain", "1").node is Container


def test_a_class_that_nobody_has_asked_for_harms_nobody(kit):
    kit.registry.add(NodeOffer("odd", "no_such_module:Odd"), owner="odd-plugin")
    assert len(kit.graph({"x": {"type": "join"}}, "start > x").compiled.root.nodes) == 2


def test_the_declaration_imports_neither_nodes_nor_what_runs_them():
    code = """if True:
        import sys, dify_workflow.plugin, dify_workflow.engine
        print(*(name for name in sys.modules if name.startswith(("dify_workflow", "dify_runtime_sdk.workflow"))))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    ours = {"engine", "node_types", "plugin", "registry", "settings"}
    sdk = {"hooks", "offers"}
    assert set(done.stdout.split()) == {
        *("dify_workflow", "dify_runtime_sdk.workflow"),
        *(f"dify_workflow.{name}" for name in ours),
        *(f"dify_runtime_sdk.workflow.{name}" for name in sdk),
    }
