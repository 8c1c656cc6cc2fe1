"""Compiling what runs from one root: reachable nodes, edges as integers, and what responses wait for."""

from collections import deque
from collections.abc import Mapping

from dify_runtime_sdk.workflow import Selector

from .definition import Definition
from .model import GraphNode, Plan, Reference, ResponsePlan

_ANY = ""


def compile_plan(root: str, definition: Definition) -> Plan:
    """The plan of everything that can be reached from `root`; other roots count as skipped, as do their edges."""
    ids = _reachable(root, definition)
    index = {node_id: at for at, node_id in enumerate(ids)}
    nodes = tuple(definition.nodes[node_id] for node_id in ids)
    handles = tuple(_handles(node_id, index, definition) for node_id in ids)
    targets = tuple(tuple(index[target] for _, target in definition.out.get(node_id, ())) for node_id in ids)
    indegree = [0] * len(ids)
    for leaving in targets:
        for target in leaving:
            indegree[target] += 1
    responses = tuple(
        _response(at, node, index, definition)
        for at, node in enumerate(nodes)
        if node.responds and node.node.response()
    )
    at_start, unlocks = _locks(nodes, handles, responses)
    return Plan(
        nodes=nodes,
        indegree=tuple(indegree),
        targets=targets,
        handles=handles,
        responses=responses,
        at_start=at_start,
        unlocks=unlocks,
        streamed=frozenset(selector for response in responses for selector in _selectors(response)),
    )


def _reachable(root: str, definition: Definition) -> list[str]:
    seen, queue = {root: None}, deque([root])
    while queue:
        for _, target in definition.out.get(queue.popleft(), ()):
            if target not in seen:
                seen[target] = None
                queue.append(target)
    return list(seen)


def _handles(node_id: str, index: Mapping[str, int], definition: Definition) -> dict[str, tuple[int, ...]]:
    by_handle: dict[str, list[int]] = {}
    for handle, target in definition.out.get(node_id, ()):
        by_handle.setdefault(handle, []).append(index[target])
    return {handle: tuple(targets) for handle, targets in by_handle.items()}


def _response(at: int, node: GraphNode, index: Mapping[str, int], definition: Definition) -> ResponsePlan:
    segments: list[str | Reference] = []
    for part in node.node.response():
        if isinstance(part, str):
            segments.append(part)
        else:
            selector = tuple(part)
            owner = selector[0] if selector else ""
            segments.append(Reference(selector, index.get(owner), definition.nodes.get(owner)))
    return ResponsePlan(at, node, tuple(segments))


def _selectors(response: ResponsePlan) -> list[Selector]:
    return [segment.selector for segment in response.segments if isinstance(segment, Reference)]


def _locks(
    nodes: tuple[GraphNode, ...],
    handles: tuple[Mapping[str, tuple[int, ...]], ...],
    responses: tuple[ResponsePlan, ...],
) -> tuple[tuple[int, ...], tuple[Mapping[str, tuple[int, ...]], ...]]:
    """Which responses start at once, and which edges let the others start.

    A response may stream once some path from the root to it holds no blocking edge that is not taken. A taken edge
    means a path of taken edges from the root to its source; so it is the blocking edges that are the last on their
    path which let a response start, each of them on its own.
    """
    at_start: list[int] = []
    unlocks: list[dict[str, list[int]]] = [{} for _ in nodes]
    if not responses:
        return (), tuple(unlocks)  # type: ignore[arg-type]  # empty mappings
    incoming = _incoming(handles)
    for number, response in enumerate(responses):
        needed = {selector[:2] for selector in _selectors(response)}
        free, queue = {response.index}, deque([response.index])
        while queue:
            for source, handle in incoming[queue.popleft()]:
                if _blocks(nodes[source], needed):
                    key = handle if nodes[source].branches else _ANY
                    waiting = unlocks[source].setdefault(key, [])
                    if number not in waiting[-1:]:
                        waiting.append(number)
                elif source not in free:
                    free.add(source)
                    queue.append(source)
        if 0 in free:
            at_start.append(number)
    frozen = tuple({handle: tuple(dict.fromkeys(r)) for handle, r in by_handle.items()} for by_handle in unlocks)
    return tuple(at_start), frozen


def _incoming(handles: tuple[Mapping[str, tuple[int, ...]], ...]) -> list[list[tuple[int, str]]]:
    incoming: list[list[tuple[int, str]]] = [[] for _ in handles]
    for source, by_handle in enumerate(handles):
        for handle, targets in by_handle.items():
            for target in targets:
                incoming[target].append((source, handle))
    return incoming


def _blocks(node: GraphNode, needed: set[Selector]) -> bool:
    return node.branches or node.contains or node.responds or not needed.isdisjoint(node.writes)
