"""What a code-based extension must be able to do, and what it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

type ExtensionKind = Literal["moderation", "external_data_tool"]
type ModerationAction = Literal["direct_output", "overridden"]

MODERATION: Final = "moderation"
EXTERNAL_DATA_TOOL: Final = "external_data_tool"


@dataclass(frozen=True, slots=True)
class ModerationInputsResult:
    """The verdict on what a user sent.

    When `flagged`: `direct_output` answers with `preset_response` instead of running the app; `overridden` runs it
    with `inputs` and `query` in place of the user's.
    """

    flagged: bool = False
    action: ModerationAction = "direct_output"
    preset_response: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""


@dataclass(frozen=True, slots=True)
class ModerationOutputsResult:
    """The verdict on what a model wrote so far.

    When `flagged`: `direct_output` replaces the whole answer by `preset_response` and stops the run; `overridden`
    replaces the judged text by `text`.
    """

    flagged: bool = False
    action: ModerationAction = "direct_output"
    preset_response: str = ""
    text: str = ""


class Moderation(Protocol):
    """Judges what users send and what models write; one instance per run, made from the app's configuration.

    What its methods raise fails the run. They are awaited on the event loop and must not block it.
    """

    def __init__(self, *, tenant_id: str, app_id: str, config: Mapping[str, Any]) -> None:
        """Take the configuration that the form of `form_schema` produced."""
        ...

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        """Judge the input variables and the query; called once per run, before anything else."""
        ...

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        """Judge a piece of the answer; called repeatedly while the model writes, with a few hundred characters."""
        ...


class ExternalDataTool(Protocol):
    """Fetches the value of one input variable; one instance per run, made from the app's configuration.

    What it raises fails the run. It is awaited on the event loop and must not block it.
    """

    def __init__(self, *, tenant_id: str, app_id: str, variable: str, config: Mapping[str, Any]) -> None:
        """Take the name of the variable, and the configuration that the form of `form_schema` produced."""
        ...

    async def query(self, inputs: Mapping[str, Any], query: str | None = None) -> str:
        """The text for the variable, given the other input variables and the query; called once per run."""
        ...


METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    MODERATION: ("moderation_for_inputs", "moderation_for_outputs"),
    EXTERNAL_DATA_TOOL: ("query",),
}
"""The coroutine methods that tell a class of each kind."""


@dataclass(frozen=True, slots=True)
class CodeBasedExtension:
    """One extension, contributed by the hook `code_based_extensions` or found in the operator's directory.

    `label` maps language tags (`en-US`) to the name shown; `form_schema` lists the fields of the configuration form.
    Extensions are listed by `position`, then by name; those without one come last.
    """

    kind: ExtensionKind
    name: str
    target: type[Moderation] | type[ExternalDataTool]
    label: Mapping[str, str] = field(default_factory=dict)
    form_schema: tuple[Mapping[str, Any], ...] = ()
    position: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenExtension:
    """An extension of the operator's directory that could not be loaded, and why."""

    kind: str
    name: str
    reason: str
