"""Reading what a model writes in the form Thought / Action, while it writes."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

FINAL: Final = "final answer"

_MARK: Final = re.compile(r"```|\{|^[ \t]*(?:action|thought):[ \t]*", re.IGNORECASE | re.MULTILINE)
_LABELS: Final = ("action:", "thought:")
_FENCE: Final = "```"


@dataclass(frozen=True, slots=True)
class Action:
    """What the model wants done: a tool with its input, or the final answer."""

    name: str
    input: Any

    @property
    def is_final(self) -> bool:
        """Whether this is the answer."""
        return self.name.strip().lower() == FINAL

    def to_json(self) -> str:
        """The action as the model wrote it, in one form."""
        return json.dumps({"action": self.name, "action_input": self.input}, ensure_ascii=False)


class ReactParser:
    """Splits a stream into texts and actions. The labels `Action:` and `Thought:` are dropped, all other text is kept.

    What may become an action or a label is held back until that is clear.
    """

    def __init__(self) -> None:
        self._held = ""
        self._fresh = True  # whether `_held` stands at the beginning of a line

    def feed(self, text: str) -> list[str | Action]:
        """Take a piece of the stream; the texts and actions that it makes clear."""
        self._held += text
        return self._read(last=False)

    def finish(self) -> list[str | Action]:
        """The stream has ended: what is left."""
        return self._read(last=True)

    def _read(self, *, last: bool) -> list[str | Action]:
        found: list[str | Action] = []
        while self._held:
            step = self._step(last=last)
            if step is None:
                break
            if step != "":
                found.append(step)
        return found

    def _step(self, *, last: bool) -> str | Action | None:
        """The next text or action, empty for a label; None when more of the stream is needed."""
        mark = self._mark()
        if mark is None:
            return self._take(len(self._held) if last else self._clear()) or None
        if mark.start():
            return self._take(mark.start())
        if mark[0] != _FENCE and mark[0] != "{":
            self._take(mark.end())
            return ""
        end = _fence_end(self._held) if mark[0] == _FENCE else _object_end(self._held)
        if end is None:
            return self._take(len(self._held)) if last else None
        whole = self._held[:end]
        action = action_in(whole)
        self._take(end)
        return whole if action is None else action

    def _mark(self) -> re.Match[str] | None:
        mark = _MARK.search(self._held)
        if mark is not None and mark.start() == 0 and not self._fresh and mark[0] not in {_FENCE, "{"}:
            return _MARK.search(self._held, mark.end())  # a label in the middle of a line is a word like others
        return mark

    def _clear(self) -> int:
        """How much of what is held can be told at once: no part of it may belong to a mark."""
        held = self._held.rstrip("`")
        line = held.rfind("\n") + 1
        begin = held[line:].lstrip(" \t").lower()
        at_line_start = line > 0 or self._fresh
        if at_line_start and any(label.startswith(begin) for label in _LABELS) and len(held) == len(self._held):
            return line
        return len(held)

    def _take(self, count: int) -> str:
        text, self._held = self._held[:count], self._held[count:]
        if text:
            self._fresh = text.endswith("\n")
        return text


def action_in(text: str) -> Action | None:
    """The action that a JSON object describes, bare or in a code fence; None when it describes none."""
    plain = text.removeprefix(_FENCE).removesuffix(_FENCE).strip()
    begin = plain.find("{")
    if begin < 0:
        return None
    try:
        value = json.loads(plain[begin:], strict=False)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("action"), str) or "action_input" not in value:
        return None
    return Action(value["action"], value["action_input"])


def _fence_end(text: str) -> int | None:
    end = text.find(_FENCE, len(_FENCE))
    return None if end < 0 else end + len(_FENCE)


def _object_end(text: str) -> int | None:
    """Where the object ends that `text` begins with; None when it is not complete."""
    depth, quoted, escaped = 0, False, False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = character == "\\", character != '"'
        elif character == '"':
            quoted = True
        elif character in "{}":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return at + 1
    return None
