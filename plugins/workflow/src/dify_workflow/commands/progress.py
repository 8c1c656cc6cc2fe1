"""What a run shows while it goes on: a line per node, a spinner for those that run, and the answer as it comes."""

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from dify_runtime_sdk.workflow import (
    Event,
    NodeEvent,
    NodeRunException,
    NodeRunFailed,
    NodeRunFinished,
    NodeRunIterationNext,
    NodeRunLoopNext,
    NodeRunPauseRequested,
    NodeRunRetry,
    NodeRunStarted,
    NodeRunStreamChunk,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

_MARKS: Final = {NodeRunFailed: "[red]✗[/red]", NodeRunException: "[yellow]![/yellow]"}


@dataclass
class Progress:
    """Shows the events of one run: nodes on `console`, the answer (where `answers`) on `out`."""

    console: "Console"
    out: IO[str]
    answers: bool
    _titles: dict[str, str] = field(default_factory=dict)
    _running: dict[str, str] = field(default_factory=dict)
    _spinner: "Status | None" = None
    _in_line: bool = False

    def show(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, NodeRunStreamChunk):
            self._say(event.chunk)
        elif isinstance(event, NodeRunStarted):
            self._titles[event.node_id] = event.node_title or event.node_id
            self._running[event.id] = self._titles[event.node_id]
            self._spin()
        elif isinstance(event, NodeEvent):
            line = self._line(event)
            if line:
                self._print(line)

    def close(self) -> None:
        """End the last line and the spinner."""
        self._rest()
        if self._in_line:
            self.out.write("\n")
            self.out.flush()
            self._in_line = False

    def _line(self, event: NodeEvent) -> str:
        from rich.markup import escape

        title = escape(self._titles.get(event.node_id, event.node_id))
        if isinstance(event, NodeRunFinished):
            self._running.pop(event.id, None)
            mark = _MARKS.get(type(event), "[green]✓[/green]")
            seconds = event.finished_at - event.start_at
            line = f"{mark} {title} [dim]{event.node_type}, {seconds:.2f} s{_cost(event)}[/dim]"
            error = getattr(event, "error", "")
            return f"{line}\n  {escape(error)}" if error else line
        if isinstance(event, NodeRunRetry):
            return f"[yellow]↻[/yellow] {title} [dim]retry {event.retry_index}: {escape(event.error)}[/dim]"
        if isinstance(event, NodeRunIterationNext | NodeRunLoopNext):
            return f"[dim]· {title}, round {event.index + 1}[/dim]"
        if isinstance(event, NodeRunPauseRequested):
            return f"[yellow]…[/yellow] {title} [dim]waits: {escape(event.reason.message or event.reason.type)}[/dim]"
        return ""

    def _print(self, line: str) -> None:
        self._rest()
        if self._in_line and self.console.is_terminal:
            self.out.write("\n")
            self.out.flush()
            self._in_line = False
        self.console.print(line, highlight=False)
        self._spin()

    def _say(self, chunk: str) -> None:
        if not self.answers or not chunk:
            return
        self._rest()
        self.out.write(chunk)
        self.out.flush()
        self._in_line = not chunk.endswith("\n")

    def _spin(self) -> None:
        """Show what runs, on a terminal, and not inside a line of the answer."""
        if not self.console.is_terminal or self._in_line or not self._running:
            return
        from rich.markup import escape

        text = ", ".join(map(escape, self._running.values()))
        if self._spinner is None:
            self._spinner = self.console.status(text)
            self._spinner.start()
        else:
            self._spinner.update(text)

    def _rest(self) -> None:
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None


def _cost(event: NodeRunFinished) -> str:
    tokens: Any = event.result.metadata.get("total_tokens")
    return f", {tokens} tokens" if tokens else ""
