"""The state of edges, and the nodes that are ready because of it."""

from collections import deque

from .frame import Frame

type Ready = tuple[Frame, int, str | None]
"""The frame, the node in it, and the id of the node that led there."""


class Flow:
    """Takes and skips edges in frames; nodes whose edges are all decided queue up, first come, first served.

    The inside of a container goes before what is ready around it, so that it comes to its end without detours.
    """

    def __init__(self) -> None:
        self._levels: list[deque[Ready]] = []
        """One queue per depth of containers; the last is not empty."""
        self._first: Ready | None = None

    def queue(self, frame: Frame, index: int, predecessor: str | None) -> None:
        """A node is ready; `predecessor` is the id of the node that made it so."""
        levels = self._levels
        while len(levels) <= frame.depth:
            levels.append(deque())
        levels[frame.depth].append((frame, index, predecessor))

    def waiting(self) -> bool:
        """Whether a node is ready; those of frames that were closed are dropped."""
        if self._first is not None:
            return True
        levels = self._levels
        while levels:
            ready = levels[-1]
            while ready and ready[0][0].closed:
                ready.popleft()
            if ready:
                return True
            levels.pop()
        return False

    def next_node(self) -> str:
        """The id of the node that starts next; there must be one."""
        frame, index, _ = self._first or self._levels[-1][0]
        return frame.plan.nodes[index].id

    def take(self) -> Ready:
        """The node that starts next. Raises `IndexError` when there is none."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        self.waiting()
        return self._levels[-1].popleft()

    def bring_forward(self, node_id: str, group: str | None) -> None:
        """Let a ready node of that group start next, if there is one.

        For a journal without the entries of items that have ended: their nodes stand in the queue and never start.
        """
        for level in self._levels:
            for ready in level:
                frame, index, _ = ready
                label = frame.group.label if frame.group is not None else None
                if not frame.closed and label == group and frame.plan.nodes[index].id == node_id:
                    level.remove(ready)
                    self._first = ready
                    return

    def pass_edges(self, frame: Frame, index: int, handle: str) -> None:
        """A node has ended: decide its edges, and let responses stream that waited for one that is taken now."""
        plan = frame.plan
        node = plan.nodes[index]
        if not node.branches:
            self._take(frame, plan.targets[index], node.id)
            key = ""
        else:
            handles = plan.handles[index]
            for other, targets in handles.items():  # skips come first: a join must know of them when it is taken
                if other != handle:
                    self._skip(frame, targets, node.id)
            self._take(frame, handles.get(handle, ()), node.id)
            key = handle
        unlocks = plan.unlocks[index]
        if unlocks and frame.sessions is not None:
            frame.sessions.activate(unlocks.get(key, ()))

    def _take(self, frame: Frame, targets: tuple[int, ...], source: str) -> None:
        unknown, taken = frame.unknown, frame.taken
        for target in targets:
            taken[target] = 1
            unknown[target] -= 1
            if not unknown[target]:
                frame.live += 1
                self.queue(frame, target, source)

    def _skip(self, frame: Frame, targets: tuple[int, ...], source: str) -> None:
        unknown = frame.unknown
        stack = list(reversed(targets))
        while stack:
            target = stack.pop()
            unknown[target] -= 1
            if unknown[target]:
                continue
            if frame.taken[target]:
                frame.live += 1
                self.queue(frame, target, source)
            else:
                frame.skipped[target] = 1
                stack.extend(reversed(frame.plan.targets[target]))
