"""Routes of the Service API that an app's key opens: what there is, each module imported with its first request."""

from collections.abc import Sequence
from typing import Final

from dify_files.forms import MARGIN
from dify_runtime_sdk.http import LazyRoutes

from .limits import LONGEST_AUDIO

_OPERATIONS: Final = {
    "running": (
        "POST /chat-messages",
        "POST /completion-messages",
        "POST /workflows/run",
        "POST /workflows/<workflow_id>/run",
        "POST /chat-messages/<task_id>/stop",
        "POST /completion-messages/<task_id>/stop",
        "POST /workflows/tasks/<task_id>/stop",
        "GET /workflow/<uuid:workflow_run_id>/events",
    ),
    "describing": ("GET /info", "GET /parameters", "GET /meta", "GET /site"),
    "runs": ("GET /workflows/run/<workflow_run_id>", "GET /workflows/logs"),
    "conversations": (
        "GET /conversations",
        "DELETE /conversations/<uuid:conversation_id>",
        "POST /conversations/<uuid:conversation_id>/name",
    ),
    "variables": (
        "GET /conversations/<uuid:conversation_id>/variables",
        "PUT /conversations/<uuid:conversation_id>/variables/<uuid:variable_id>",
    ),
    "messages": ("GET /messages", "GET /messages/<uuid:message_id>/suggested"),
    "feedbacks": ("POST /messages/<uuid:message_id>/feedbacks", "GET /app/feedbacks"),
    "attachments": ("GET /files/<uuid:file_id>/preview",),
    "audio": ("POST /audio-to-text", "POST /text-to-audio"),
    "annotations": (
        "GET /apps/annotations",
        "POST /apps/annotations",
        "PUT /apps/annotations/<uuid:annotation_id>",
        "DELETE /apps/annotations/<uuid:annotation_id>",
    ),
    "annotation_reply": (
        "POST /apps/annotation-reply/<action>",
        "GET /apps/annotation-reply/<action>/status/<uuid:job_id>",
    ),
    "human_input": ("GET /form/human_input/<form_token>", "POST /form/human_input/<form_token>"),
    "end_users": ("GET /end-users/<uuid:end_user_id>",),
}
"""The operations of each module here, in its order."""


def service_routes() -> Sequence[LazyRoutes]:
    """All of them."""
    return [
        LazyRoutes(
            "service",
            f"{__name__}.{module}:routes",
            operations,
            max_body=LONGEST_AUDIO + MARGIN if module == "audio" else None,
        )
        for module, operations in _OPERATIONS.items()
    ]
