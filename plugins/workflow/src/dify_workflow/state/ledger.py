"""The counters of a run."""

from dataclasses import dataclass

from dify_runtime_sdk.workflow import NodeResult

from .frame import Frame


@dataclass(slots=True)
class Ledger:
    """What a run has used. Nodes inside containers count through their containers."""

    total_steps: int = 0
    """Attempts of top-level nodes."""
    all_steps: int = 0
    """Attempts of all nodes: what the limit of steps is about."""
    total_tokens: int = 0
    exceptions_count: int = 0
    """Failed attempts of top-level nodes."""

    def step(self, frame: Frame) -> None:
        """An attempt begins."""
        self.all_steps += 1
        if frame.group is not None:
            frame.group.steps += 1
        if frame.owner is None:
            self.total_steps += 1

    def count(self, frame: Frame, result: NodeResult, *, failed: bool = False) -> None:
        """An attempt has ended."""
        owner = frame.owner
        if owner is None:
            self.exceptions_count += failed
            if result.metadata:
                self.total_tokens += tokens_of(result)
        elif result.metadata:
            frame.usage.merge(result.metadata)


def tokens_of(result: NodeResult) -> int:
    """The tokens that a result says it used."""
    tokens = result.metadata.get("total_tokens")
    return tokens if isinstance(tokens, int) else 0
