"""Scripts: what a scripted service says, call by call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Script:
    """Answers in order, the last one for all calls that follow; or a function of the call, which gives an answer."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = list(answers)
        self._played = 0

    def next(self, call: Any) -> Any:
        """The answer to the next call. An exception is raised, a function is asked; raises `IndexError` without any."""
        answer = self._answers[min(self._played, len(self._answers) - 1)]
        self._played += 1
        if callable(answer) and not isinstance(answer, type):
            answer = answer(call)
        if isinstance(answer, Exception):
            raise answer
        return answer


def scripts(given: Mapping[str, Any]) -> dict[str, Script]:
    """A script per name; a list is one answer per call, everything else the answer to every call."""
    return {name: Script(answers if isinstance(answers, list) else [answers]) for name, answers in given.items()}


type Answering = Callable[[Any], Any]
"""A function of the call that gives the answer."""
