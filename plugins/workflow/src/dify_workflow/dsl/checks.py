"""What would keep an imported app from running, beyond what `load` refuses."""

from typing import Final

from .config_rules import config_problems
from .document import Document
from .errors import Problem
from .feature_rules import feature_problems
from .forms import read_form
from .graph import data_of, nodes_of
from .limits import Limits
from .locating import locate
from .structure import numbered

_GRAPH: Final = ("workflow", "graph")


def check(document: Document) -> tuple[Problem, ...]:
    """All problems of a document, in the order of the file; with lines if it came from a text.

    The configuration of a node is not looked into: that is the part of the node.
    """
    problems = [*read_form(document)[1]]
    if document.workflow is not None:
        problems += [*_loose_edges(document), *_two_kinds_of_start(document)]
        problems += feature_problems(document.workflow.features, ("workflow", "features"))
    if document.model_config is not None:
        problems += config_problems(document.model_config, document.mode)
    return tuple(locate(problems, document.raw, document.source, Limits()))


def _loose_edges(document: Document) -> list[Problem]:
    ids = {node["id"] for node in nodes_of(document)}
    return [
        Problem("missing_node", f"the edge leads {word} the node {edge[end]!r}, which does not exist", path)
        for index, edge in numbered(document.raw, "edges")
        for end, word in (("source", "from"), ("target", "to"))
        if edge[end] not in ids and (path := (*_GRAPH, "edges", index, end))
    ]


def _two_kinds_of_start(document: Document) -> list[Problem]:
    """A graph is started by a user or by events: every trigger beside a start node is a problem."""
    types = {data_of(node)["type"] for node in nodes_of(document)}
    if "start" not in types:
        return []
    return [
        Problem("start_and_trigger", "a start node and a trigger cannot be in one graph", (*_GRAPH, "nodes", index))
        for index, node in numbered(document.raw, "nodes")
        if str(data_of(node).get("type")).startswith("trigger-")
    ]
