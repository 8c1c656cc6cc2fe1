"""App files written in a few lines."""

from itertools import pairwise

import pytest


def _node(node_id, data):
    return {"id": node_id, "type": "custom", "data": {"title": node_id.title(), **data}}


@pytest.fixture
def make_app():
    """Make the plain values of an app: nodes by id, edges as chains like "start > llm > end"."""

    def make(nodes, *chains, form=(), mode="workflow", **sections):
        start = {"type": "start", "variables": [{"variable": name, "type": kind} for name, kind in form]}
        edges = []
        for chain in chains:
            parts = [part.strip() for part in chain.split(">")]
            for left, right in pairwise(parts):
                source, _, handle = left.partition(":")
                target = right.partition(":")[0]
                edges.append(
                    {"id": str(len(edges)), "source": source, "target": target, "sourceHandle": handle or "source"}
                )
        all_nodes = (
            nodes if any(data["type"].startswith("trigger-") for data in nodes.values()) else {"start": start, **nodes}
        )
        graph = {"nodes": [_node(node_id, data) for node_id, data in all_nodes.items()], "edges": edges}
        return {
            "kind": "app",
            "version": "0.5.0",
            "app": {"mode": mode, "name": "a test"},
            "workflow": {"graph": graph, "features": {}, **sections},
        }

    return make


@pytest.fixture
def llm():
    """The `data` of a model node that is asked one text."""
    return lambda text: {
        "type": "llm",
        "model": {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {}},
        "prompt_template": [{"role": "user", "text": text}],
        "context": {"enabled": False},
        "vision": {"enabled": False},
    }


@pytest.fixture
def out():
    """The `data` of an end node with one output per selector: `out(text="llm.text")`."""
    return lambda **outputs: {
        "type": "end",
        "outputs": [{"variable": name, "value_selector": path.split(".")} for name, path in outputs.items()],
    }
