"""What can be wrong with an app file, and with inputs for its form.

DifyRuntimeError (SDK)
├── DslError                    an app file cannot be used; `problems` lists everything that was found
│   ├── DslSyntaxError          the text is not one plain YAML document
│   │   └── DslLimitError       the text is too large, too deep, or unfolds into too much
│   ├── DslVersionError         the declared version is no version
│   └── DslStructureError       sections or fields are missing, or of the wrong kind
└── InputsError                 inputs do not fit the form of an app
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

from dify_runtime_sdk import DifyRuntimeError

type Path = tuple[str | int, ...]
"""Where a value stands: keys of mappings and indexes of lists, from the top of the file."""

MAX_PROBLEMS: Final = 1000
"""After so many, the search for problems in a text or its structure ends."""

MAX_SHOWN: Final = 10
"""So many problems stand in the message of an error; `problems` has them all."""


@final
@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    `code` is stable; `line` and `column` count from 1 and are None where the document was not read from a text.
    """

    code: str
    message: str
    path: Path = ()
    node_id: str | None = None
    node_title: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def field(self) -> str:
        """The path as it is written: `workflow.graph.nodes[2].data.type`; empty for the file as a whole."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.removeprefix(".")

    def __str__(self) -> str:
        place = [] if self.line is None else [f"line {self.line}, column {self.column}"]
        if self.node_id is not None:
            title = f' "{self.node_title}"' if self.node_title else ""
            place.append(f"node {self.node_id}{title}")
        if self.path:
            place.append(self.field)
        return f"{', '.join(place)}: {self.message}" if place else self.message


class DslError(DifyRuntimeError):
    """An app file cannot be used: its import status is `failed`. `problems` holds all that were found, 1000 at most."""

    code = "dsl_error"

    def __init__(self, problems: Iterable[Problem], *, hint: str | None = None) -> None:
        self.problems = tuple(problems)
        shown = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            shown.append(f"and {len(self.problems) - MAX_SHOWN} more")
        super().__init__("\n".join(shown), hint=hint)


class DslSyntaxError(DslError):
    """The text is not one plain YAML document in UTF-8."""

    code = "dsl_syntax"


class DslLimitError(DslSyntaxError):
    """The text is too large, nests too deeply, or unfolds into too much."""

    code = "dsl_limit"


class DslVersionError(DslError):
    """The declared version cannot be read as a version."""

    code = "dsl_version"


class DslStructureError(DslError):
    """Sections or fields are missing, or of the wrong kind."""

    code = "dsl_structure"


class InputsError(DifyRuntimeError):
    """Inputs do not fit the form; the message is that of the first problem, in the words that clients know."""

    code = "invalid_inputs"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems[0].message)
