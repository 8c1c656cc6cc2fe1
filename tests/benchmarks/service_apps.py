"""The apps that the benchmark `service` runs, as app files: JSON, which is YAML too."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

APPS = ("simple", "chain20_tpl", "iter100_tpl", "chat_fast", "chat_slow")
"""The names of the files, without their ending."""
FAST, SLOW = "gpt-4o-mini", "gpt-4o"
"""The models by which the stub knows how fast to answer."""
CHAIN = 20


def write_apps(directory: Path) -> None:
    """Write a file for each app."""
    apps = {
        "simple": _workflow(*_simple()),
        "chain20_tpl": _workflow(*_chain()),
        "iter100_tpl": _workflow(*_iteration()),
        "chat_fast": _chat(FAST),
        "chat_slow": _chat(SLOW),
    }
    for name, content in apps.items():
        app = {"name": f"bench_{name}", "mode": "workflow" if "workflow" in content else "chat"}
        whole = {"app": app, "kind": "app", "version": "0.5.0", **content}
        (directory / f"{name}.yml").write_text(json.dumps(whole, indent=1), encoding="utf-8")


def _workflow(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"workflow": {"graph": {"nodes": nodes, "edges": edges}, "features": {}}}


def _node(name: str, kind: str, *, inside: str | None = None, **data: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"id": name, "type": "custom", "data": {"type": kind, "title": name, **data}}
    if inside is not None:
        node |= {"parentId": inside}
        node["data"] |= {"isInIteration": True, "iteration_id": inside}
    return node


def _edge(source: str, target: str, handle: str = "source") -> dict[str, Any]:
    names = {"source": source, "sourceHandle": handle, "target": target, "targetHandle": "target"}
    return {"id": f"{source}-{handle}-{target}", "type": "custom", **names, "data": {}}


def _start(variable: str, kind: str) -> dict[str, Any]:
    field = {"variable": variable, "label": variable, "type": kind, "required": True, "max_length": 4096, "options": []}
    return _node("start", "start", variables=[field])


def _template(name: str, template: str, variable: str, *selector: str, inside: str | None = None) -> dict[str, Any]:
    variables = [{"variable": variable, "value_selector": list(selector)}]
    return _node(name, "template-transform", inside=inside, template=template, variables=variables)


def _end(name: str, *selector: str, kind: str = "string") -> dict[str, Any]:
    return _node(name, "end", outputs=[{"variable": "r", "value_selector": list(selector), "value_type": kind}])


def _simple() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A template and a branch."""
    condition = {
        "id": "c1-0",
        "comparison_operator": "contains",
        "value": "world",
        "varType": "string",
        "variable_selector": ["start", "text"],
    }
    cases = [{"id": "c1", "case_id": "c1", "logical_operator": "and", "conditions": [condition]}]
    nodes = [
        _start("text", "paragraph"),
        _template("t", "Hello {{ text }}", "text", "start", "text"),
        _node("b", "if-else", cases=cases),
        _end("end_a", "t", "output"),
        _end("end_b", "start", "text"),
    ]
    return nodes, [_edge("start", "t"), _edge("t", "b"), _edge("b", "end_a", "c1"), _edge("b", "end_b", "false")]


def _chain() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Templates in a row, each with the output of the one before."""
    names = [f"t{number}" for number in range(CHAIN)]
    templates = [_template("t0", "{{ s }}.", "s", "start", "text")]
    templates += [_template(name, "{{ s }}.", "s", before, "output") for before, name in pairwise(names)]
    order = ["start", *names, "end"]
    nodes = [_start("text", "paragraph"), *templates, _end("end", names[-1], "output")]
    return nodes, [_edge(source, target) for source, target in pairwise(order)]


def _iteration() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A template for each item of a list."""
    iteration = _node(
        "it",
        "iteration",
        iterator_selector=["start", "payload", "items"],
        iterator_input_type="array[string]",
        output_selector=["inner", "output"],
        output_type="array[string]",
        start_node_id="itstart",
        is_parallel=False,
        parallel_nums=10,
        error_handle_mode="terminated",
        flatten_output=True,
    )
    nodes = [
        _start("payload", "json_object"),
        iteration,
        _node("itstart", "iteration-start", inside="it"),
        _template("inner", "{{ item }}!", "item", "it", "item", inside="it"),
        _end("end", "it", "output", kind="array[string]"),
    ]
    return nodes, [_edge("start", "it"), _edge("it", "end"), _edge("itstart", "inner")]


def _chat(model: str) -> dict[str, Any]:
    provider = {"provider": "langgenius/openai/openai", "name": model, "mode": "chat"}
    return {
        "model_config": {
            "model": {**provider, "completion_params": {"temperature": 0.7, "stop": []}},
            "pre_prompt": "You are helpful.",
            "prompt_type": "simple",
            "user_input_form": [],
        }
    }
