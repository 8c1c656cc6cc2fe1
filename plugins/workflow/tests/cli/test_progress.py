"""What a terminal shows while a run goes on."""

import io

import pytest
from rich.console import Console

from dify_runtime_sdk.workflow import (
    NodeResult,
    NodeRunException,
    NodeRunFailed,
    NodeRunIterationNext,
    NodeRunRetry,
    NodeRunStarted,
    NodeRunStreamChunk,
    NodeRunSucceeded,
    NodeStatus,
)
from dify_workflow.commands.progress import Progress


def started(node_id, title):
    return NodeRunStarted(id=node_id, node_id=node_id, node_type="llm", node_title=title, start_at=1.0)


def ended(kind, node_id, **more):
    result = NodeResult(metadata={"total_tokens": 7}, status=NodeStatus.SUCCEEDED)
    return kind(id=node_id, node_id=node_id, node_type="llm", result=result, start_at=1.0, finished_at=3.5, **more)


def chunk(text):
    return NodeRunStreamChunk(id="a", node_id="a", node_type="llm", selector=("a", "text"), chunk=text)


@pytest.fixture
def screen():
    """One terminal, to which both streams go, and the progress of a run on it."""
    file = io.StringIO()

    def make(*, terminal=True, answers=True):
        console = Console(file=file, force_terminal=terminal, width=100, color_system=None, legacy_windows=False)
        return file, Progress(console, file, answers)

    return make


def test_a_node_that_ends_leaves_a_line(screen):
    file, progress = screen(terminal=False)
    progress.show(started("a", "A [b]model[/b]"))
    progress.show(ended(NodeRunSucceeded, "a"))
    progress.close()
    assert file.getvalue() == "✓ A [b]model[/b] llm, 2.50 s, 7 tokens\n"


def test_failures_retries_and_rounds_have_lines_of_their_own(screen):
    file, progress = screen(terminal=False)
    progress.show(started("a", "A"))
    facts = {"id": "a", "node_id": "a", "node_type": "llm"}
    progress.show(NodeRunRetry(**facts, error="once", retry_index=1, start_at=1.0, result=NodeResult()))
    progress.show(NodeRunIterationNext(**facts, node_title="A", index=4))
    progress.show(ended(NodeRunException, "a", error="handled"))
    progress.show(ended(NodeRunFailed, "a", error="no [luck]"))
    progress.close()
    assert file.getvalue().splitlines() == [
        "↻ A retry 1: once",
        "· A, round 5",
        "! A llm, 2.50 s, 7 tokens",
        "  handled",
        "✗ A llm, 2.50 s, 7 tokens",
        "  no [luck]",
    ]


def test_a_line_does_not_break_into_the_answer(screen):
    file, progress = screen()
    for text in ("Hello", " Ada"):
        progress.show(chunk(text))
    progress.show(ended(NodeRunSucceeded, "a"))
    progress.show(chunk("more\n"))
    progress.close()
    assert file.getvalue().splitlines()[:3] == ["Hello Ada", "✓ a llm, 2.50 s, 7 tokens", "more"]


def test_what_runs_is_shown_until_it_speaks(screen):
    file, progress = screen()
    progress.show(started("a", "Model"))
    progress.show(started("b", "Tool"))
    progress.show(chunk("x"))
    assert "Model, Tool" in file.getvalue()
    assert file.getvalue().endswith("x")
    progress.close()
    assert file.getvalue().endswith("x\n")


def test_chunks_of_a_workflow_are_not_shown(screen):
    file, progress = screen(answers=False)
    progress.show(chunk("x"))
    progress.close()
    assert file.getvalue() == ""
