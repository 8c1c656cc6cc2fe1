"""Finding a circle in a graph, without recursion."""

from collections.abc import Callable, Iterable


def find_cycle(nodes: Iterable[str], successors: Callable[[str], Iterable[str]]) -> tuple[str, ...] | None:
    """The nodes of one circle in order, None when there is none; each node and edge is looked at once."""
    done: set[str] = set()
    for start in nodes:
        if start not in done and (cycle := _search(start, successors, done)):
            return cycle
    return None


def _search(start: str, successors: Callable[[str], Iterable[str]], done: set[str]) -> tuple[str, ...] | None:
    path = {start: iter(successors(start))}
    while path:
        node, rest = next(reversed(path.items()))
        following = next(rest, None)
        if following is None:
            del path[node]
            done.add(node)
        elif following in path:
            ids = list(path)
            return tuple(ids[ids.index(following) :])
        elif following not in done:
            path[following] = iter(successors(following))
    return None
