"""Small app files for the tests, as values and as text."""

import os

import pytest
import yaml

from dify_workflow.dsl import from_mapping

collect_ignore = [] if os.environ.get("DIFY_CORPUS") else ["test_corpus.py"]


def start(*variables):
    return {"id": "start", "type": "custom", "data": {"type": "start", "title": "Start", "variables": list(variables)}}


@pytest.fixture
def node():
    """Make a node: `node("n", "tool", provider_id="time")`."""

    def node(node_id, node_type, **data):
        return {"id": node_id, "type": "custom", "data": {"type": node_type, "title": node_id.upper(), **data}}

    return node


@pytest.fixture
def workflow():
    """Make the values of a workflow app: `workflow(nodes, edges, variables=[...], **sections of the workflow)`."""

    def workflow(*nodes, edges=(), variables=(), **sections):
        graph = {"nodes": [start(*variables), *nodes], "edges": list(edges)}
        return {
            "version": "0.5.0",
            "kind": "app",
            "app": {"name": "Example", "mode": "workflow"},
            "workflow": {"graph": graph, **sections},
        }

    return workflow


@pytest.fixture
def chat():
    """Make the values of a chat app: `chat(mode="completion", **sections of the model_config)`."""

    def chat(mode="chat", **config):
        model = {"provider": "acme/models/acme", "name": "small", "mode": "chat", "completion_params": {}}
        return {
            "version": "0.5.0",
            "kind": "app",
            "app": {"name": "Example", "mode": mode},
            "model_config": {"model": model, **config},
        }

    return chat


@pytest.fixture
def pipeline(node):
    """Make the values of a pipeline: `pipeline(nodes, **sections of the workflow)`."""

    def pipeline(*nodes, **sections):
        graph = {"nodes": [node("index", "knowledge-index"), *nodes], "edges": []}
        return {
            "version": "0.1.0",
            "kind": "rag_pipeline",
            "rag_pipeline": {"name": "Example"},
            "workflow": {"graph": graph, **sections},
        }

    return pipeline


@pytest.fixture
def text():
    """Write values as YAML."""
    return lambda raw: yaml.safe_dump(raw, allow_unicode=True)


@pytest.fixture
def document():
    """Make a document of values."""
    return from_mapping
