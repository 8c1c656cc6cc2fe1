"""Prompts of the strategy that has models write down their actions."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from dify_runtime_sdk.models import FunctionTool

CHAT: Final = """\
{{instruction}}

You can use these tools, each described with the JSON Schema of its input:

{{tools}}

To use one, write what you think and then a JSON object with the keys "action" (one of: {{tool_names}}) and \
"action_input":

Thought: what to do next, and why
Action:
```
{"action": "name of the tool", "action_input": {"name of a parameter": "value"}}
```

You are then given an Observation with what the tool said. Use one tool at a time, as often as needed. When you know \
the answer, give it in the same form:

Thought: why this is the answer
Action:
```
{"action": "Final Answer", "action_input": "the answer for the user"}
```

Use no tool that is not listed. Answer in the language of the user.
"""

COMPLETION: Final = (
    CHAT
    + """
{{historic_messages}}
Question: {{query}}
{{agent_scratchpad}}
Thought:"""
)


def filled_in(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced, in one pass: values bring in none."""
    pieces = [template]
    for name, value in values.items():
        mark = f"{{{{{name}}}}}"
        pieces = [part for piece in pieces for part in _split(piece, mark, value)]
    return "".join(pieces)


class _Value(str):
    """A piece that was put in."""

    __slots__ = ()


def _split(piece: str, mark: str, value: str) -> list[str]:
    if isinstance(piece, _Value) or mark not in piece:
        return [piece]
    parts = piece.split(mark)
    joined: list[str] = [parts[0]]
    for part in parts[1:]:
        joined += [_Value(value), part]
    return joined


def tool_values(functions: Sequence[FunctionTool]) -> dict[str, str]:
    """The placeholders that describe the tools."""
    described = [
        {"name": one.name, "description": one.description, "parameters": dict(one.parameters)} for one in functions
    ]
    names = ", ".join(json.dumps(one.name, ensure_ascii=False) for one in functions)
    return {"tools": json.dumps(described, ensure_ascii=False), "tool_names": names}
