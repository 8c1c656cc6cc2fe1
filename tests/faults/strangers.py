"""What one app has of everything, and how every route is asked for it by somebody else."""

import json
from collections.abc import Mapping
from typing import Any

MARK = "Zanzibar"
"""A word that is in everything that belongs to the app, and nowhere else."""
ASKING = "human.yml"
"""The file of the workflow that asks somebody."""


def asking() -> dict[str, Any]:
    """A workflow that waits for a form."""
    form = {
        "type": "human-input",
        "title": "Approval",
        "form_content": MARK,
        "inputs": [],
        "user_actions": [{"id": "yes", "title": "Yes", "button_style": "primary"}],
        "delivery_methods": [{"type": "webapp", "enabled": True}],
        "timeout": 1,
        "timeout_unit": "hour",
    }
    data = {"start": {"type": "start", "title": "Start", "variables": []}, "ask": form}
    data["end"] = {"type": "end", "title": "End", "outputs": []}
    nodes = [{"id": name, "type": "custom", "data": one} for name, one in data.items()]
    edges = [
        {"id": "e1", "source": "start", "target": "ask"},
        {"id": "e2", "source": "ask", "target": "end", "sourceHandle": "yes"},
    ]
    app = {"name": "human", "mode": "workflow", "icon": "x"}
    return {"version": "0.5.0", "kind": "app", "app": app, "workflow": {"graph": {"nodes": nodes, "edges": edges}}}


NAMED = frozenset(
    {"action", "annotation_id", "conversation_id", "end_user_id", "file_id", "form_token", "job_id", "message_id"}
) | {"task_id", "variable_id", "workflow_id", "workflow_run_id"}
"""The parameters of paths that a test has values for."""
RUN = {"inputs": {"query": "x"}, "query": "x", "response_mode": "blocking", "user": "bob"}
FILE = {"type": "document", "transfer_method": "local_file", "upload_file_id": "{file_id}"}
QUESTION = {"question": "a", "answer": "b"}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "POST /apps/annotation-reply/<action>": {
        "score_threshold": 0.5,
        "embedding_provider_name": "scripted",
        "embedding_model_name": "words",
    },
    "POST /apps/annotations": QUESTION,
    "PUT /apps/annotations/<uuid:annotation_id>": QUESTION,
    "DELETE /apps/annotations/<uuid:annotation_id>": {},
    "POST /audio-to-text": {},
    "POST /chat-messages": {**RUN, "conversation_id": "{conversation_id}", "files": [FILE]},
    "POST /chat-messages/<task_id>/stop": {},
    "POST /completion-messages": {**RUN, "files": [FILE]},
    "POST /completion-messages/<task_id>/stop": {},
    "DELETE /conversations/<uuid:conversation_id>": {},
    "POST /conversations/<uuid:conversation_id>/name": {"name": "mine"},
    "PUT /conversations/<uuid:conversation_id>/variables/<uuid:variable_id>": {"value": "mine"},
    "POST /files/upload": {},
    "POST /form/human_input/<form_token>": {"inputs": {}, "action": "yes"},
    "POST /messages/<uuid:message_id>/feedbacks": {"rating": "like"},
    "POST /text-to-audio": {"message_id": "{message_id}"},
    "POST /workflows/<workflow_id>/run": RUN,
    "POST /workflows/run": {**RUN, "inputs": {"query": "x", "file": FILE}},
    "POST /workflows/tasks/<task_id>/stop": {},
}
"""What is sent, by route. A route that writes must be here: say how somebody else would try it."""
QUERIES: Mapping[str, Mapping[str, str]] = {
    "GET /conversations": {"last_id": "{conversation_id}"},
    "GET /messages": {"conversation_id": "{conversation_id}"},
    "GET /apps/annotations": {"keyword": MARK},
    "GET /workflows/logs": {"keyword": MARK},
}
"""What is asked, by route, besides the user."""
ANSWERED = frozenset(
    {
        "POST /chat-messages/<task_id>/stop",
        "POST /completion-messages/<task_id>/stop",
        "POST /workflows/tasks/<task_id>/stop",
        "GET /workflows/run/<workflow_run_id>",
        "POST /apps/annotation-reply/<action>",
    }
)
"""Routes that name something, and answer 200 whether or not it is there, as Dify's do; or name nothing of anybody's."""


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with the ids in place."""
    text = json.dumps(value)
    for name, one in ids.items():
        text = text.replace(f"{{{name}}}", one)
    return json.loads(text)
