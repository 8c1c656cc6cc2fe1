"""Plain values out of parser events."""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from .errors import MAX_PROBLEMS, DslLimitError, DslSyntaxError, Path, Problem
from .limits import Limits
from .scalars import MERGE, PREFIX, ScalarReader

type Positions = dict[Path, tuple[int, int]]
"""Line and column, from 1, of each value; of a field of a mapping that of its key."""

type _Collection = yaml.MappingStartEvent | yaml.SequenceStartEvent


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is not complete yet."""

    container: dict[str, Any] | list[Any]
    path: Path
    start: int
    anchor: str | None
    height: int = 1
    key: str | None = None
    merging: bool = False
    merges: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Anchored:
    value: Any
    size: int
    height: int


class Builder:
    """Takes the events of one document; afterwards `value` is what they stand for.

    `problems` collects what can be read although it is wrong. With `positions`, notes where each value stands.
    """

    def __init__(self, limits: Limits, positions: Positions | None = None) -> None:
        self.value: Any = None
        self.problems: list[Problem] = []
        self.positions = positions
        self._limits = limits
        self._scalars = ScalarReader()
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchored] = {}
        self._count = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event; raises `DslSyntaxError` where reading cannot go on."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._fail("several_documents", "a second document begins here", event)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._grow(1, event)
        tag, value = self._read(event)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and not frame.merging and isinstance(frame.container, dict):
            self._key(frame, tag, value, event)
            return
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value, 1, 0)
        self._add(value, event)

    def _read(self, event: yaml.ScalarEvent) -> tuple[str, Any]:
        """Tag and value; a scalar that has none is a problem and stands for its text."""
        try:
            if event.tag is not None:
                return event.tag, self._scalars.tagged(event.tag, event.value)
            if event.implicit[0]:
                return self._scalars.plain(event.value)
        except ValueError as error:
            self._note("invalid_scalar", str(error), event)
        return "", event.value

    def _key(self, frame: _Frame, tag: str, key: Any, event: yaml.ScalarEvent) -> None:
        if tag == MERGE:
            frame.merging = True
            return
        if not isinstance(key, str):
            self._note("key_not_text", f"the key {event.value!r} is read as {type(key).__name__}: quote it", event)
            key = event.value
        if key in frame.container:
            self._note("duplicate_key", f"the key {key!r} stands here a second time", event)
        frame.key = key
        if self.positions is not None:
            self.positions.setdefault((*frame.path, key), _place(event))

    def _open(self, event: _Collection) -> None:
        self._grow(1, event)
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", PREFIX + ("map" if is_map else "seq")):
            self._note("invalid_tag", f"the tag {event.tag.replace(PREFIX, '!!')!r} is not allowed", event)
        path: Path = ()
        if self._stack:
            frame = self._stack[-1]
            if isinstance(frame.container, list):
                path = (*frame.path, len(frame.container))
            elif frame.key is None and not frame.merging:
                self._fail("key_not_text", "a mapping or list cannot be a key", event)
            else:
                path = (*frame.path, frame.key or "<<")
        if len(self._stack) >= self._limits.max_depth:
            self._limit("too_deep", f"values nest deeper than {self._limits.max_depth} levels", event)
        if self.positions is not None:
            self.positions.setdefault(path, _place(event))
        self._stack.append(_Frame({} if is_map else [], path, self._count, event.anchor))

    def _close(self, event: yaml.Event) -> None:
        frame = self._stack.pop()
        if isinstance(frame.container, dict):
            for merged in frame.merges:
                for key, value in merged.items():
                    frame.container.setdefault(key, value)
        if frame.anchor:
            size = self._count - frame.start + 1
            self._anchors[frame.anchor] = _Anchored(frame.container, size, frame.height)
        if self._stack:
            self._stack[-1].height = max(self._stack[-1].height, frame.height + 1)
        self._add(frame.container, event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        anchored = self._anchors.get(event.anchor or "")
        if any(frame.anchor == event.anchor for frame in self._stack):
            self._limit("endless_alias", f"the alias {event.anchor!r} stands inside of what it stands for", event)
        if anchored is None:
            self._fail("unknown_alias", f"nothing before has the anchor {event.anchor!r}", event)
        if len(self._stack) + anchored.height > self._limits.max_depth:
            self._limit("too_deep", f"values nest deeper than {self._limits.max_depth} levels", event)
        frame = self._stack[-1]
        if isinstance(frame.container, dict) and frame.key is None and not frame.merging:
            self._fail("key_not_text", "an alias cannot be a key", event)
        self._grow(anchored.size, event)
        frame.height = max(frame.height, anchored.height + 1)
        self._add(_copy(anchored.value), event)

    def _add(self, value: Any, event: yaml.Event) -> None:
        """Put a complete value where it belongs."""
        if not self._stack:
            self.value = value
            return
        frame = self._stack[-1]
        if isinstance(frame.container, list):
            if self.positions is not None:
                self.positions.setdefault((*frame.path, len(frame.container)), _place(event))
            frame.container.append(value)
        elif frame.merging:
            self._merge(frame, value, event)
        elif frame.key is not None:
            frame.container[frame.key] = value
            frame.key = None

    def _merge(self, frame: _Frame, value: Any, event: yaml.Event) -> None:
        frame.merging = False
        parts = value if isinstance(value, list) else [value]
        if all(isinstance(part, dict) for part in parts):
            frame.merges.extend(parts)
        else:
            self._note("invalid_merge", "only mappings can be merged", event)

    def _grow(self, size: int, event: yaml.Event) -> None:
        self._count += size
        if self._count > self._limits.max_values:
            self._limit("too_many_values", f"the file unfolds into more than {self._limits.max_values} values", event)

    def _note(self, code: str, message: str, event: yaml.Event) -> None:
        frame = self._stack[-1] if self._stack else None
        path = () if frame is None else frame.path if frame.key is None else (*frame.path, frame.key)
        line, column = _place(event)
        self.problems.append(Problem(code, message, path, line=line, column=column))
        if len(self.problems) >= MAX_PROBLEMS:
            raise DslSyntaxError(self.problems)

    def _fail(self, code: str, message: str, event: yaml.Event) -> NoReturn:
        line, column = _place(event)
        raise DslSyntaxError([*self.problems, Problem(code, message, line=line, column=column)])

    def _limit(self, code: str, message: str, event: yaml.Event) -> NoReturn:
        line, column = _place(event)
        raise DslLimitError([Problem(code, message, line=line, column=column)])


def _copy(value: Any) -> Any:
    """Aliases get values of their own, so that a change to one place is no change to another."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
