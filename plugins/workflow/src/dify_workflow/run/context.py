"""What a running node sees of its run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.workflow import NodeServices, RunInfo

from ..state.pool import Pool, WritingScope

if TYPE_CHECKING:
    from ..state.execution import Execution
    from .run import Run


class Context:
    """One attempt of one node; implements the SDK's `NodeContext`."""

    __slots__ = ("_execution", "_run", "_skip", "attempt", "execution_id", "variables")

    def __init__(self, run: "Run", execution: "Execution", skip: dict[str, int] | None) -> None:
        self._run = run
        self._execution = execution
        self._skip = skip
        self.attempt = execution.attempt
        self.execution_id = execution.id
        pool = execution.frame.pool
        self.variables: Pool = WritingScope(pool) if execution.node.writes else pool

    @property
    def run(self) -> RunInfo:
        """See `NodeContext.run`."""
        return self._run.info

    @property
    def services(self) -> NodeServices:
        """See `NodeContext.services`."""
        return self._run.services

    @property
    def inputs(self) -> Mapping[str, Any]:
        """See `NodeContext.inputs`."""
        return self._run.inputs

    def now(self) -> float:
        """See `NodeContext.now`."""
        return self._run.clock.time()

    def send(self, chunk: str, output: str = "text") -> None:
        """See `NodeContext.send`."""
        if self._skip:
            chunk = self._unseen(chunk, output)
            if not chunk:
                return
        self._run.send(self._execution, output, chunk)

    def finish(self, output: str = "text") -> None:
        """See `NodeContext.finish`."""
        self._run.close(self._execution, output)

    def retrieved(self, resources: Sequence[Mapping[str, Any]], context: str) -> None:
        """See `NodeContext.retrieved`."""
        self._run.note(self._execution, {"resources": list(resources), "context": context})

    def log(
        self,
        message_id: str,
        label: str,
        status: str,
        *,
        parent_id: str | None = None,
        error: str | None = None,
        data: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """See `NodeContext.log`."""
        note = {"message_id": message_id, "label": label, "status": status, "parent_id": parent_id, "error": error}
        self._run.note(self._execution, {**note, "data": dict(data or {}), "metadata": dict(metadata or {})})

    def _unseen(self, chunk: str, output: str) -> str:
        """What of `chunk` was not streamed before a crash."""
        skip = self._skip or {}
        cut = min(skip.get(output, 0), len(chunk))
        if cut:
            skip[output] -= cut
            if not skip[output]:
                del skip[output]
        return chunk[cut:]
