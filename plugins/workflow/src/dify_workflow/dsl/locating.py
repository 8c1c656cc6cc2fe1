"""Where problems stand: looked up only once there are any, for it takes a second reading of the text."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .builder import Positions
from .errors import Path, Problem
from .limits import Limits
from .reader import read_positions
from .structure import numbered

_NODES = ("workflow", "graph", "nodes")


def locate(problems: Iterable[Problem], raw: Any, source: str | None, limits: Limits) -> list[Problem]:
    """The problems with line, column and node, in the order of the file."""
    nodes = dict(numbered(raw, "nodes"))
    problems = [_name_node(problem, nodes) for problem in problems]
    if source is not None and any(problem.line is None for problem in problems):
        positions = read_positions(source, limits)
        problems = [_place(problem, positions) for problem in problems]
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))


def _place(problem: Problem, positions: Positions) -> Problem:
    """The place of the value, or of the innermost one around it where the value is missing."""
    if problem.line is not None:
        return problem
    path: Path = problem.path
    while path and path not in positions:
        path = path[:-1]
    line, column = positions.get(path, (1, 1))
    return replace(problem, line=line, column=column)


def _name_node(problem: Problem, nodes: dict[int, dict[str, Any]]) -> Problem:
    index = problem.path[len(_NODES)] if len(problem.path) > len(_NODES) else None
    if problem.path[: len(_NODES)] != _NODES or not isinstance(index, int):
        return problem
    node = nodes.get(index, {})
    data = node.get("data")
    title = data.get("title") if isinstance(data, dict) else None
    return replace(problem, node_id=_text(node.get("id")), node_title=_text(title))


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) else None
