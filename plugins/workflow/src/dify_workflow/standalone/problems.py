"""Everything that keeps a document from running here, with places in its text."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..dsl import Document, Path, Problem, check
from ..dsl.limits import Limits
from ..dsl.locating import locate
from ..errors import GraphError, GraphProblem
from ..graph import Graph
from ..registry import NodeRegistry

_FOUND_BY_CHECK = frozenset({"TRIGGER_START_NODE_CONFLICT"})


def problems_of(document: Document, registry: NodeRegistry) -> list[Problem]:
    """What `check` finds, and what the node types of `registry` and the graph as a whole find, in the file's order."""
    try:
        if document.workflow is not None:
            Graph.build(document.graph, registry)
    except GraphError as error:
        return with_places(document, error.problems)
    return with_places(document, ())


def with_places(document: Document, found: Iterable[GraphProblem]) -> list[Problem]:
    """What `check` finds, and what building the graph of the document has `found`, in the file's order."""
    problems = [*check(document), *_located(document, found)]
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))


def _located(document: Document, found: Iterable[GraphProblem]) -> list[Problem]:
    nodes = document.graph.get("nodes") or ()
    places = {str(node.get("id")): at for at, node in enumerate(nodes)}
    problems = []
    for one in found:
        if one.code in _FOUND_BY_CHECK or one.field.startswith("edges."):
            continue  # `check` has said so
        problem = Problem(one.code.lower(), one.message, ("workflow", "graph"))
        if one.node_id in places:
            at = places[one.node_id]
            problem = replace(problem, path=("workflow", "graph", "nodes", at, *_path(nodes[at], one.field)))
        problems.append(problem)
    return locate(_innermost(problems), document.raw, document.source, Limits())


def _innermost(problems: list[Problem]) -> list[Problem]:
    """Without those of a whole inside which there are others: of a union's members, the one that was meant is left."""
    around = {problem.path[:end] for problem in problems for end in range(5, len(problem.path))}
    return [problem for problem in problems if problem.path not in around]


def _path(value: Any, field: str) -> Path:
    """The path of a field in `value`, without the names of members of unions that pydantic puts into it.

    Only a field that is missing from an object is not there; those have names in lower case.
    """
    path: list[str | int] = []
    parts = [int(part) if part.isdigit() else part for part in field.split(".") if part]
    for part in parts:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            if part is not parts[-1] or not isinstance(value, dict) or str(part) != str(part).lower():
                continue
        path.append(part)
    return tuple(path)
