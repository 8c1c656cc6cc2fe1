"""The graphs of the benchmark `workflow`, generated; a baseline reads them as the text of app files."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

type Nodes = dict[str, dict[str, Any]]

TEXT = "hello world"
ITEMS = 100


def shapes() -> dict[str, dict[str, Any]]:
    """The app files that both sides run, by name."""
    return {
        "simple": simple(),
        "chain20_tpl": chain(20, template),
        "chain20_agg": chain(20, aggregator),
        "iter100_tpl": iteration(),
    }


def inputs(items: int = ITEMS) -> dict[str, Any]:
    """What every shape is given; each takes what it declares."""
    return {"text": TEXT, "payload": {"items": [f"item {number}" for number in range(items)]}}


def simple() -> dict[str, Any]:
    """A template, a branch, and an end on either side."""
    condition = {"comparison_operator": "contains", "value": "world", "variable_selector": ["start", "text"]}
    case = {"case_id": "c1", "logical_operator": "and", "conditions": [{"id": "1", "varType": "string", **condition}]}
    nodes = {
        "start": start("text", "paragraph"),
        "t": template(["start", "text"], "Hello {{ s }}"),
        "b": {"type": "if-else", "cases": [{"id": "c1", **case}]},
        "end_a": end(["t", "output"]),
        "end_b": end(["start", "text"]),
    }
    return app(nodes, [("start", "source", "t"), ("t", "source", "b"), ("b", "c1", "end_a"), ("b", "false", "end_b")])


def chain(length: int, make: Any) -> dict[str, Any]:
    """Nodes in a row, each of which takes what the one before it gives."""
    nodes: Nodes = {"start": start("text", "paragraph")}
    selector = ["start", "text"]
    for number in range(length):
        nodes[f"n{number}"] = make(selector)
        selector = [f"n{number}", "output"]
    nodes["end"] = end(selector)
    names = list(nodes)
    return app(nodes, [(left, "source", right) for left, right in pairwise(names)])


def iteration(make: Any = None) -> dict[str, Any]:
    """A template for each item of a list."""
    inner = (make or template)(["it", "item"]) | {"isInIteration": True, "iteration_id": "it"}
    it = {
        "type": "iteration",
        "iterator_selector": ["start", "payload", "items"],
        "iterator_input_type": "array[string]",
        "output_selector": ["inner", "output"],
        "output_type": "array[string]",
        "start_node_id": "in",
        "is_parallel": False,
        "parallel_nums": 10,
        "error_handle_mode": "terminated",
        "flatten_output": True,
    }
    nodes = {
        "start": start("payload", "json_object"),
        "it": it,
        "in": {"type": "iteration-start", "isInIteration": True, "iteration_id": "it"},
        "inner": inner,
        "end": end(["it", "output"]),
    }
    return app(nodes, [("start", "source", "it"), ("it", "source", "end"), ("in", "source", "inner")])


def start(name: str, kind: str) -> dict[str, Any]:
    """A start node with one input."""
    return {"type": "start", "variables": [{"variable": name, "label": name, "type": kind, "required": True}]}


def template(selector: list[str], text: str = "{{ s }}.") -> dict[str, Any]:
    """A template node of one variable."""
    return {
        "type": "template-transform",
        "template": text,
        "variables": [{"variable": "s", "value_selector": selector}],
    }


def aggregator(selector: list[str]) -> dict[str, Any]:
    """The cheapest node there is."""
    return {"type": "variable-aggregator", "output_type": "string", "variables": [selector]}


def end(selector: list[str]) -> dict[str, Any]:
    """An end node with one output."""
    return {"type": "end", "outputs": [{"variable": "r", "value_selector": selector, "value_type": "string"}]}


def app(nodes: Mapping[str, Mapping[str, Any]], edges: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """The plain values of an app file."""
    graph = {
        "nodes": [
            {
                "id": name,
                "type": "custom-iteration-start" if data["type"] == "iteration-start" else "custom",
                "data": {"title": name, "desc": "", "selected": False, **data},
                **({"parentId": "it"} if "iteration_id" in data else {}),
            }
            for name, data in nodes.items()
        ],
        "edges": [
            {"id": f"{source}-{target}", "source": source, "sourceHandle": handle, "target": target,
             "targetHandle": "target", "type": "custom"}
            for source, handle, target in edges
        ],
    }  # fmt: skip
    workflow = {"graph": graph, "features": {}, "environment_variables": [], "conversation_variables": []}
    return {
        "kind": "app",
        "version": "0.5.0",
        "app": {"mode": "workflow", "name": "benchmark", "description": "", "icon": "x", "icon_background": "#FFEAD5"},
        "dependencies": [],
        "workflow": workflow,
    }
