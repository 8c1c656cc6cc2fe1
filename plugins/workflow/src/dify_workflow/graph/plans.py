"""Compiling what runs from one root: reachable nodes, edges as integers, and what responses wait for."""

from collections import Counter, deque
from collections.abc import Collection, Mapping

from dify_runtime_sdk.workflow import NodeKind, Selector

from .definition import Definition
from .model import GraphNode, Plan, Reference, ResponsePlan

type _Edges = tuple[tuple[tuple[str, int], ...], ...]
"""Per node: handle and target of every edge that leaves it, in the order of the file."""

_ANY = ""


def compile_plan(root: str, definition: Definition, skipped: Collection[str]) -> Plan:
    """The plan of everything that can be reached from `root`; what cannot, and its edges, count as skipped.

    Responses show nothing of the nodes in `skipped`, and wait for none of them; see `skipped_nodes`.
    """
    ids = _reachable(root, definition)
    index = {node_id: at for at, node_id in enumerate(ids)}
    nodes = tuple(definition.nodes[node_id] for node_id in ids)
    edges = tuple(tuple((handle, index[to]) for handle, to in definition.out.get(node_id, ())) for node_id in ids)
    targets = tuple(tuple(target for _, target in leaving) for leaving in edges)
    indegree = [0] * len(ids)
    for leaving in targets:
        for target in leaving:
            indegree[target] += 1
    responses = tuple(
        _response(at, node, index, definition, skipped)
        for at, node in enumerate(nodes)
        if node.responds and node.node.response()
    )
    at_start, unlocks = _locks(nodes, edges, responses)
    return Plan(
        nodes=nodes,
        indegree=tuple(indegree),
        targets=targets,
        handles=tuple(map(_by_handle, edges)),
        responses=responses,
        at_start=at_start,
        unlocks=unlocks,
        streamed=frozenset(selector for response in responses for selector in _selectors(response)),
    )


def skipped_nodes(root: str, definition: Definition) -> set[str]:
    """What runs from `root` skip from the beginning: nodes that they could start with, and all that only those lead to.

    The root itself is not one of them.
    """
    starts = (node for node in definition.nodes.values() if node.node.kind is NodeKind.ROOT)
    stack = [node.id for node in starts if node.id != root and node.id not in definition.targets]
    unknown = Counter(target for leaving in definition.out.values() for _, target in leaving)
    skipped: set[str] = set()
    while stack:
        node_id = stack.pop()
        skipped.add(node_id)
        for _, target in definition.out.get(node_id, ()):
            unknown[target] -= 1
            if not unknown[target]:
                stack.append(target)
    return skipped


def _reachable(root: str, definition: Definition) -> list[str]:
    seen, queue = {root: None}, deque([root])
    while queue:
        for _, target in definition.out.get(queue.popleft(), ()):
            if target not in seen:
                seen[target] = None
                queue.append(target)
    return list(seen)


def _by_handle(leaving: tuple[tuple[str, int], ...]) -> dict[str, tuple[int, ...]]:
    by_handle: dict[str, list[int]] = {}
    for handle, target in leaving:
        by_handle.setdefault(handle, []).append(target)
    return {handle: tuple(targets) for handle, targets in by_handle.items()}


def _response(
    at: int, node: GraphNode, index: Mapping[str, int], definition: Definition, skipped: Collection[str]
) -> ResponsePlan:
    segments: list[str | Reference] = []
    for part in node.node.response():
        if isinstance(part, str):
            segments.append(part)
        else:
            selector = tuple(part)
            owner = selector[0] if selector else ""
            segments.append(Reference(selector, index.get(owner), definition.nodes.get(owner), owner in skipped))
    return ResponsePlan(at, node, tuple(segments))


def _selectors(response: ResponsePlan) -> list[Selector]:
    return [segment.selector for segment in response.segments if isinstance(segment, Reference)]


def _locks(
    nodes: tuple[GraphNode, ...], edges: _Edges, responses: tuple[ResponsePlan, ...]
) -> tuple[tuple[int, ...], tuple[Mapping[str, tuple[int, ...]], ...]]:
    """Which responses start at once, and which edges let the others start.

    A response may stream once some path from the root to it holds no blocking edge that is not taken. A taken edge
    means a path of taken edges from the root to its source; so it is the blocking edges that are the last on their
    path which let a response start, each of them on its own. Edges are taken in the order of the file, and what they
    let start keeps that order.
    """
    at_start: list[int] = []
    unlocks: list[dict[str, dict[int, int]]] = [{} for _ in nodes]  # per response the first edge that lets it start
    incoming = _incoming(edges) if responses else []
    for number, response in enumerate(responses):
        needed = {selector[:2] for selector in _selectors(response)}
        free, queue = {response.index}, deque([response.index])
        while queue:
            for source, handle, place in incoming[queue.popleft()]:
                if _blocks(nodes[source], needed):
                    firsts = unlocks[source].setdefault(handle if nodes[source].branches else _ANY, {})
                    firsts[number] = min(place, firsts.get(number, place))
                elif source not in free:
                    free.add(source)
                    queue.append(source)
        if 0 in free:
            at_start.append(number)
    return tuple(at_start), tuple(
        {handle: tuple(sorted(firsts, key=firsts.__getitem__)) for handle, firsts in by_handle.items()}
        for by_handle in unlocks
    )


def _incoming(edges: _Edges) -> list[list[tuple[int, str, int]]]:
    """Per node: source and handle of every edge that leads to it, and the place among those that leave the source."""
    incoming: list[list[tuple[int, str, int]]] = [[] for _ in edges]
    for source, leaving in enumerate(edges):
        for place, (handle, target) in enumerate(leaving):
            incoming[target].append((source, handle, place))
    return incoming


def _blocks(node: GraphNode, needed: set[Selector]) -> bool:
    return node.branches or node.contains or node.responds or not needed.isdisjoint(node.writes)
