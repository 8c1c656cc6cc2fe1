"""Runs of graphs that wait for somebody: what is told and written of the pause, and of going on."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from dify_database import utc_now, uuid4_text
from dify_runtime_sdk.workflow import (
    Event,
    GraphRunPaused,
    GraphRunStarted,
    NodeRunStarted,
    PauseReason,
    to_json,
)

from ...api import PreparedRun, RunOutput, WireEvent, Write
from ...runs.log import PAUSED
from ...tables.runs import RUNTIME_FORMS
from ...tables.workflows import WORKFLOW_PAUSE_REASONS, WORKFLOW_PAUSES, WORKFLOW_RUNS

if TYPE_CHECKING:
    from dify_workflow import Run

_NODE = "human-input"


class Pauses:
    """What clients are told of the pauses of one run.

    `started` is the first event of the run, `answers` what was answered, by the id of the node's execution.
    """

    def __init__(
        self,
        run: "Run",
        started: WireEvent,
        answers: Mapping[str, Mapping[str, Any]],
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        self._run = run
        self._answers = answers
        self._started = started
        self._shared = shared or {}
        self._last: GraphRunPaused | None = None
        self._begun: set[str] = set()

    @property
    def waits(self) -> bool:
        """Whether the run has ended by waiting."""
        return self._last is not None

    @property
    def asking(self) -> Sequence[PauseReason]:
        """Why it waits, where somebody can answer."""
        return [one for one in self._reasons if one.form is not None]

    def told(self, event: Event) -> Sequence[WireEvent]:
        """What clients are told before what they are told of the event itself."""
        if isinstance(event, GraphRunPaused):
            self._last = event
        elif isinstance(event, GraphRunStarted) and self._last is not None:
            before, self._last = self.events(), None
            started = {**self._started, "data": {**self._started["data"], "reason": "resumption"}}
            return [*before, started]
        elif isinstance(event, NodeRunStarted) and event.node_type == _NODE:
            return self._answered(event)
        return ()

    def events(self) -> list[WireEvent]:
        """What clients are told of the pause: what is asked of whom, and that the run waits."""
        outcome = self._run.outcome
        asked = [{"event": "human_input_required", "data": _asked(one)} for one in self.asking]
        data = {
            "workflow_run_id": self._run.info.run_id,
            "paused_nodes": [one.node_id for one in self._reasons if one.node_id],
            "outputs": to_json(outcome.outputs),
            "reasons": [_reason(one) for one in self._reasons],
            "status": "paused",
            "created_at": self._started["data"]["created_at"],
            "elapsed_time": round(outcome.elapsed, 6),
            "total_tokens": outcome.total_tokens,
            "total_steps": outcome.total_steps,
        }
        return [{**one, **self._shared} for one in (*asked, {"event": PAUSED, "data": data})]

    def writes(self, prepared: PreparedRun, workflow_id: str) -> list[Write]:
        """The rows of the pause and of its forms."""
        run_id, pause_id, now = prepared.run_id, uuid4_text(), utc_now()
        pause = {"id": pause_id, "workflow_id": workflow_id, "workflow_run_id": run_id, "state_object_key": ""}
        reasons = [_reason_row(one, pause_id) for one in self._reasons]
        return [
            (delete(WORKFLOW_PAUSES).where(WORKFLOW_PAUSES.c.workflow_run_id == run_id), None),
            (insert(WORKFLOW_PAUSES).values(**pause, created_at=now, updated_at=now), None),
            (insert(WORKFLOW_PAUSE_REASONS), reasons),
            (insert(RUNTIME_FORMS), [_form_row(one, prepared) for one in self.asking]),
        ]

    @property
    def _reasons(self) -> Sequence[PauseReason]:
        return () if self._last is None else self._last.reasons

    def _answered(self, event: NodeRunStarted) -> Sequence[WireEvent]:
        """What is told of the answer as its node starts for the second time."""
        answer = self._answers.get(event.id)
        if event.id not in self._begun or answer is None:
            self._begun.add(event.id)
            return ()
        about = {"node_id": event.node_id, "node_title": event.node_title}
        if answer.get("timeout"):
            data = {**about, "expiration_time": int(event.start_at)}
            return [{"event": "human_input_form_timeout", "data": data, **self._shared}]
        data = {
            **about,
            "rendered_content": answer["rendered_content"],
            "action_id": answer["action"],
            "action_text": answer["action_text"],
            "submitted_data": to_json(answer["inputs"]),
        }
        return [{"event": "human_input_form_filled", "data": data, **self._shared}]


async def pause(prepared: PreparedRun, pauses: Pauses, output: RunOutput, workflow_id: str) -> None:
    """Write the pause and tell it. A run that nobody can answer is not kept to go on."""
    output.record(*pauses.writes(prepared, workflow_id))
    leave = output.pause if pauses.asking else output.end
    await leave(*pauses.events())


def going_on(run_id: str, app_id: str) -> list[Write]:
    """The changes of the rows of a run that has waited and goes on."""
    runs, pauses = WORKFLOW_RUNS.c, WORKFLOW_PAUSES.c
    waiting = runs.id == run_id, runs.app_id == app_id, runs.status == "paused"
    return [
        (update(WORKFLOW_RUNS).where(*waiting).values(status="running"), None),
        (update(WORKFLOW_PAUSES).where(pauses.workflow_run_id == run_id).values(resumed_at=utc_now()), None),
    ]


def _asked(reason: PauseReason) -> dict[str, Any]:
    form = dict(reason.form or {})
    shown = {"form_id": reason.form_id, "node_id": reason.node_id, **form}
    return {**shown, "display_in_ui": form.get("form_token") is not None}


def _reason(reason: PauseReason) -> dict[str, Any]:
    if reason.form is not None:
        return {"type": reason.type, **_asked(reason)}
    return {"type": reason.type, "message": reason.message, "node_id": reason.node_id}


def _reason_row(reason: PauseReason, pause_id: str) -> dict[str, Any]:
    return {
        "id": uuid4_text(),
        "pause_id": pause_id,
        "type_": reason.type,
        "form_id": reason.form_id if reason.form is not None else "",
        "message": reason.message[:255],
        "node_id": reason.node_id or "",
        "created_at": utc_now(),
        "updated_at": utc_now(),
    }


def _form_row(reason: PauseReason, prepared: PreparedRun) -> dict[str, Any]:
    form = dict(reason.form or {})
    return {
        "id": reason.form_id,
        "token": form.get("form_token"),
        "run_id": prepared.run_id,
        "app_id": prepared.request.app.id,
        "tenant_id": prepared.request.app.tenant_id,
        "node_id": reason.node_id,
        "form": json.dumps(form),
        "expires_at": datetime.fromtimestamp(form["expiration_time"], UTC).replace(tzinfo=None),
        "answer": None,
        "answered_at": None,
    }
